"""What the documents tell a reader to type exists, and what exists is documented."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import dev
from workbench.commands.parser import UsageError, build_parser, parse

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/command-line.md", "benchmarks/README.md"]
TEST_COMMAND = "python3 dev.py test"
PROGRAM = re.compile(r"(?:twinbench|(?:\S*/)?python3? main\.py|python3 dev\.py run --)(?: |$)")


def text_of(document: str) -> str:
    return (CHECKOUT / document).read_text("utf-8")


def commands_in(document: str) -> Iterator[str]:
    """The lines of the code blocks that are not marked as something else than a shell's."""
    for block in re.findall(r"^```(?:sh|bash)?\n(.*?)^```", text_of(document), re.S | re.M):
        yield from (line.partition("  #")[0].strip() for line in block.splitlines() if line.strip())


def commands() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        yield from ((document, command) for command in commands_in(document))


def verbs() -> dict[str, argparse.ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the command line has no verbs")


@pytest.mark.parametrize(("document", "command"), list(commands()))
def test_a_command_of_the_documents_is_understood(document: str, command: str) -> None:
    words = shlex.split(command)
    if program := PROGRAM.match(command):
        try:
            parse(shlex.split(command[program.end() :]))
        except UsageError as error:
            pytest.fail(f"{document}: {command}: {error}")
    elif words[:2] == ["python3", "dev.py"]:
        dev.parse(words[2:])
    else:
        modules = [word for before, word in pairwise(words) if before == "-m"]
        named = [f"{module.replace('.', '/')}.py" for module in modules]
        named += [word for word in words if word.endswith(".py")]
        missing = [word for word in named if not (CHECKOUT / word).exists()]
        assert not missing, f"{document}: {command}"


def section_of(verb: str) -> str:
    """The part of docs/command-line.md whose heading names the verb, or nothing."""
    pattern = rf"^### `twinbench {verb}\b[^\n]*\n.*?(?=^##|\Z)"
    found = re.search(pattern, text_of("docs/command-line.md"), re.S | re.M)
    return found[0] if found else ""


@pytest.mark.parametrize("verb", list(verbs()))
def test_every_verb_and_every_option_of_it_is_documented(verb: str) -> None:
    section = section_of(verb)
    assert section, f"docs/command-line.md has no section for {verb}"
    common = {"--help", "--home", "--json"}
    options = {
        option
        for action in verbs()[verb]._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    undocumented = {option for option in options - common if option not in section}
    assert not undocumented


def test_every_documented_verb_exists() -> None:
    documented = re.findall(r"^### `twinbench ([a-z-]+)", text_of("docs/command-line.md"), re.M)
    assert set(documented) == set(verbs())


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in CHECKOUT.glob("docs/*.md"))],
)
def test_a_link_to_a_file_of_the_project_leads_somewhere(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text_of(document))
    broken = [link for link in links if not ((CHECKOUT / document).parent / link).exists()]
    assert not broken


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else() -> None:
    assert TEST_COMMAND in commands_in("README.md")
    lines = text_of(".ci/run").splitlines()
    set_up = ("#", "set ", "cd ")
    assert [line for line in lines if line and not line.startswith(set_up)] == [TEST_COMMAND]
