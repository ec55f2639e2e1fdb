"""Whatever words are typed: an exit code that says what it says, and never a traceback."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.home import Home
from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import count_as_scheduler, finished_run
from workbench.command_line import main

VERBS = (
    "templates", "runs", "show", "curve", "log", "compare", "stop", "pause", "resume", "extend", "delete", "restore",
    "queue", "hold", "release", "priority", "move", "alone", "settings", "check", "nonsense", "",
)  # fmt: skip
"""All that neither train, serve, wait nor take long."""
WORDS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.sampled_from(
        ["1", "first", "#2", "0", "-1", "9" * 5000, "1e9", "loss", "\0", "\ud800", "\x1b[2J", "--json", "--hold", "--release",
         "--last", "--before", "--epochs", "--limit", "--state", "--csv", "--off", "--set", "queue.held", "limit.cuda:0", "queued"]
    ),
)  # fmt: skip
ENDLESS = ("--f", "--w", "--wa", "--home")
"""Beginnings of options that wait, or that leave the test's home."""


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("any") / "home"
    store = Store.open(Home(path))
    count_as_scheduler(store)
    finished_run(store, "first", [0.5, 0.25])
    store.create_run(SPEC, name="second")
    yield path
    store.close()


@settings(max_examples=80)
@given(
    st.sampled_from(VERBS),
    st.lists(WORDS.filter(lambda word: not word.startswith(ENDLESS)), max_size=4),
)
def test_any_words_are_done_or_explained(lasting_home: Path, verb: str, words: list[str]) -> None:
    line = ["--home", str(lasting_home), verb, *words]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(line)
    told = out.getvalue() + err.getvalue()
    assert code in (0, 1, 2)
    assert "Traceback" not in told
    assert "should not happen" not in told
    assert "\x1b" not in told
    if code:
        assert err.getvalue().startswith("twinbench: ") or verb == "check"
    if code == 0 and "--json" in words and "--help" not in words and "-h" not in words:
        json.loads(out.getvalue())


RUN = ["run", "--template", "mlp", "--framework", "pytorch", "--dataset", "digits", "--seed", "-1"]
OPTIONS = st.sampled_from(
    ["--mode", "--set", "--device", "--name", "--experiment", "--tag", "--priority"]
)


@given(st.lists(st.tuples(OPTIONS, WORDS), max_size=4))
def test_a_run_that_cannot_be_is_refused_whatever_else_is_asked_of_it(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    """The seed is out of range, so that nothing is queued."""
    words = [word for option, value in pairs for word in (f"{option}={value}",)]
    err = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(err):
        assert main([*RUN, *words]) == 2
    assert err.getvalue().startswith("twinbench: ")
    assert "should not happen" not in err.getvalue()


HOSTILE = "\x1b]0;owned\x07\x1b[2Jname\u202egnp\u2028x"


def test_a_name_cannot_steer_the_terminal(
    store: Store, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    run: RunRecord = finished_run(store, HOSTILE, [0.5])
    queued = store.create_run(SPEC, name=HOSTILE, tags=[HOSTILE], experiment=HOSTILE)
    store.set_waiting(queued.id, HOSTILE)
    for words in (["runs"], ["show", "2"], ["queue"], ["compare", "1", "2"], ["hold", "2"], ["show", HOSTILE + "x"],
                  ["delete", str(run.id)], ["curve", "2", HOSTILE]):  # fmt: skip
        main(["--home", str(home.path), *words])
        captured = capsys.readouterr()
        told = captured.out + captured.err
        assert all(one.isprintable() or one == "\n" for one in told), words
        assert "\\x1b" in told
