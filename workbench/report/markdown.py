"""A report as Markdown, with its plots as SVG files in a folder beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from workbench.commands.output import printable_lines
from workbench.report.content import ReportCell, ReportContent, ReportTable
from workbench.report.escape import markdown
from workbench.report.html import figures, file_words, to_html
from workbench.report.svg import svg

_FENCE = re.compile(r"`{3,}")
_MOST_DIFF_LINES = 400


def write_html(report: ReportContent, path: Path) -> None:
    """Raises OSError. A file that is there is replaced when the new one is whole."""
    _write(path, to_html(report))


def write_markdown(report: ReportContent, path: Path) -> list[Path]:
    """Write the file and its pictures, in the folder ``NAME-plots`` beside it; returns all of them. Raises OSError."""
    folder = path.with_name(f"{path.stem}-plots")
    pictures = [folder / f"plot-{number}.svg" for number in range(1, len(report.plots) + 1)]
    if pictures:
        folder.mkdir(exist_ok=True)
    for picture, plot in zip(pictures, report.plots, strict=True):
        _write(picture, svg(plot, alone=True))
    links = [f"{quote(folder.name)}/{picture.name}" for picture in pictures]
    _write(path, to_markdown(report, links))
    return [path, *pictures]


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


def to_markdown(report: ReportContent, pictures: list[str]) -> str:
    """``pictures`` are the addresses of the plots, relative to where the text will stand."""
    return "\n".join(_page(report, pictures)) + "\n"


def _page(report: ReportContent, pictures: list[str]) -> Iterator[str]:
    yield f"# {markdown(report.title)}\n"
    for name, text in report.facts:
        yield f"- {markdown(name)}: {markdown(text)}"
    if report.plots:
        yield "\n## Curves\n"
    for plot, address in zip(report.plots, pictures, strict=True):
        yield f"![{markdown(plot.title)}]({address})\n\n{markdown(plot.note)}\n"
    for table in report.tables:
        yield from _table(table)
    yield from _chance(report)
    yield from _code(report)
    if report.notes:
        yield "\n## Notes\n"
    for note in report.notes:
        yield f"### {markdown(note.title)}\n\n{_quoted(note.markdown)}\n"
    if report.left_out:
        yield "\n## Not in this report\n"
        yield "\n".join(f"- {markdown(one)}" for one in report.left_out)


def _table(table: ReportTable) -> Iterator[str]:
    yield f"\n## {markdown(table.title)}\n"
    if table.remark:
        yield f"{markdown(table.remark)}\n"
    if table.rows:
        yield f"| {' | '.join(map(markdown, table.headers))} |"
        yield f"|{'|'.join([' --- ', *[' ---: '] * (len(table.headers) - 1)])}|"
        for row in table.rows:
            yield f"| {' | '.join(map(_cell, row))} |"


def _cell(cell: ReportCell) -> str:
    text = markdown(cell.text)
    text = f"**{text}**" if cell.role and text else text
    star = "★ " if cell.role == "best" else ""
    return f"{star}{text}" + (f" ({markdown(cell.aside)})" if cell.aside else "")


def _chance(report: ReportContent) -> Iterator[str]:
    if report.chance:
        yield f"\n## Is it chance?\n\n{markdown(report.chance)}\n"
    for each in report.significances:
        yield f"### {markdown(each.headline)}\n\n{markdown(figures(each))}\n"
        yield "\n".join(f"- {markdown(one)}" for one in each.explanation) + "\n"


def _code(report: ReportContent) -> Iterator[str]:
    if report.code:
        yield "\n## Code\n"
    for name, diff in report.code:
        yield f"### {markdown(name)} against the base run\n"
        for file in diff.files:
            yield f"{markdown(file.name)}: {markdown(file_words(file))}\n"
            if file.change == "other" and file.lines:
                yield _fenced("\n".join(file.lines[:_MOST_DIFF_LINES]))
                more = len(file.lines) - _MOST_DIFF_LINES
                yield f"\n… {more:,} more lines\n" if more > 0 else ""


def _fenced(text: str) -> str:
    """In a fence that is longer than any in the text."""
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}diff\n{text}\n{fence}"


def _quoted(text: str) -> str:
    """A note as a quotation: without raw HTML, and without pictures, which would be loaded from somewhere."""
    tame = printable_lines(text).replace("<", "&lt;").replace("![", "!\\[")
    return "\n".join(f"> {line}" for line in tame.splitlines())
