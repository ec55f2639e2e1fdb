"""A page as Markdown, with its pictures as SVG files in a folder beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import singledispatch
from pathlib import Path
from urllib.parse import quote

from workbench.commands.output import printable_lines
from workbench.report.content import ReportCell, ReportNote, ReportTable
from workbench.report.document import (
    Block,
    Bullets,
    Card,
    CodeDiff,
    CodePair,
    Document,
    Heading,
    Pictures,
    Text,
)
from workbench.report.escape import markdown
from workbench.report.html import file_words, to_html
from workbench.report.pictures import picture

_FENCE = re.compile(r"`{3,}")
_MOST_DIFF_LINES = 400


def write_html(document: Document, path: Path) -> None:
    """Raises OSError. A file that is there is replaced when the new one is whole."""
    _write(path, to_html(document))


def write_markdown(document: Document, path: Path) -> list[Path]:
    """Write the file and its pictures, in the folder ``NAME-plots`` beside it; returns all of them. Raises OSError."""
    folder = path.with_name(f"{path.stem}-plots")
    shown = document.pictures
    files = [folder / f"plot-{number}.svg" for number in range(1, len(shown) + 1)]
    if files:
        folder.mkdir(exist_ok=True)
    for file, one in zip(files, shown, strict=True):
        _write(file, picture(one, alone=True))
    _write(path, to_markdown(document, [f"{quote(folder.name)}/{file.name}" for file in files]))
    return [path, *files]


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def to_markdown(document: Document, pictures: Sequence[str] = ()) -> str:
    """``pictures`` are the addresses of the pictures, relative to where the text will stand; without them it has none."""
    addresses = iter(pictures)
    parts = [f"# {markdown(document.title)}\n"]
    parts += [f"- {markdown(name)}: {markdown(text)}" for name, text in document.facts]
    for block in document.blocks:
        parts += _shown(block, addresses) if isinstance(block, Pictures) else _block(block)
    return "\n".join(parts) + "\n"


def _shown(block: Pictures, addresses: Iterator[str]) -> Iterator[str]:
    for one, address in zip(block.pictures, addresses, strict=False):
        yield f"\n![{markdown(one.title)}]({address})\n\n{markdown(one.note)}\n"


# -- blocks -----------------------------------------------------------------------------------------
@singledispatch
def _block(block: Block) -> Iterator[str]:
    raise NotImplementedError(f"no Markdown for {type(block).__name__}")


@_block.register
def _heading(block: Heading) -> Iterator[str]:
    yield f"\n{'#' * block.level} {markdown(block.text)}\n"


@_block.register
def _text(block: Text) -> Iterator[str]:
    text = markdown(block.text)
    yield f"\n**{text}**\n" if block.role in ("answer", "alarm") else f"\n{text}\n"


@_block.register
def _bullets(block: Bullets) -> Iterator[str]:
    yield "\n" + "\n".join(f"- {markdown(one)}" for one in block.items) + "\n"


@_block.register
def _card(block: Card) -> Iterator[str]:
    yield f"\n### {markdown(block.title)}\n\n{markdown(block.figures)}\n"
    yield from _bullets(Bullets(block.items))


@_block.register
def _table(table: ReportTable) -> Iterator[str]:
    yield f"\n## {markdown(table.title)}\n" if table.title else ""
    if table.remark:
        yield f"{markdown(table.remark)}\n"
    if table.rows:
        yield f"| {' | '.join(map(markdown, table.headers))} |"
        side = " --- " if table.prose else " ---: "
        yield f"|{'|'.join([' --- ', *[side] * (len(table.headers) - 1)])}|"
        for row in table.rows:
            yield f"| {' | '.join(map(_cell, row))} |"


def _cell(cell: ReportCell) -> str:
    text = markdown(cell.text)
    text = f"**{text}**" if cell.role and text else text
    star = "★ " if cell.role == "best" else ""
    return f"{star}{text}" + (f" ({markdown(cell.aside)})" if cell.aside else "")


@_block.register
def _code_diff(block: CodeDiff) -> Iterator[str]:
    yield f"\n### {markdown(block.title)}\n"
    for file in block.difference.files:
        yield f"{markdown(file.name)}: {markdown(file_words(file))}\n"
        if file.change == "other" and file.lines:
            yield _fenced("\n".join(file.lines[:_MOST_DIFF_LINES]), "diff")
            more = len(file.lines) - _MOST_DIFF_LINES
            yield f"\n… {more:,} more lines\n" if more > 0 else ""


@_block.register
def _code_pair(block: CodePair) -> Iterator[str]:
    for title, text in (block.one, block.other):
        yield f"\n### {markdown(title)}\n"
        yield _fenced(printable_lines(text.rstrip("\n")), "python")


@_block.register
def _note(note: ReportNote) -> Iterator[str]:
    yield f"\n### {markdown(note.title)}\n\n{_quoted(note.markdown)}\n"


def _fenced(text: str, language: str) -> str:
    """In a fence that is longer than any in the text."""
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    """A note as a quotation: without raw HTML, and without pictures, which would be loaded from somewhere."""
    tame = printable_lines(text).replace("<", "&lt;").replace("![", "!\\[")
    return "\n".join(f"> {line}" for line in tame.splitlines())
