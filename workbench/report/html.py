"""A page as one file of HTML that needs nothing else: no script, nothing from anywhere, light or dark as the reader's system is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from markdown_it import MarkdownIt

from workbench.commands.output import printable_lines
from workbench.explain.difference import CodeDifference, FileDifference
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
from workbench.report.escape import attribute, content, lines
from workbench.report.pictures import picture
from workbench.report.svg import color_variables, run_color

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MOST_DIFF_LINES = 400
_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:var(--window);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 12px}
h3{font-size:15px;margin:0 0 6px;overflow-wrap:anywhere}
p{margin:0 0 8px}
.dim,caption{color:var(--dim)}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0;color:var(--dim)}
dl.facts dd{margin:0;color:var(--text);overflow-wrap:anywhere}
.card{background:var(--base);border:1px solid var(--border);border-radius:8px;padding:14px 16px;margin:0 0 16px;break-inside:avoid}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px;margin:0 0 16px}
.plots .card{margin:0;padding:8px;max-width:760px}
.answer{font-size:17px}
.alarm{background:var(--base);border:2px solid var(--error);border-radius:8px;color:var(--error);font-weight:600;padding:12px 16px;margin:0 0 16px}
ul{margin:0 0 16px;padding-left:22px}
details{margin:0 0 16px}summary{cursor:pointer;color:var(--accent);margin-bottom:8px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}.pair div{min-width:0}.pair pre{max-height:640px;overflow:auto}
svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;margin:0 0 16px;background:var(--base);border:1px solid var(--border);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:5px 12px;text-align:right;border-bottom:1px solid var(--border);white-space:nowrap}
tr:last-child td{border-bottom:0}
th{font-weight:600;background:var(--alternate)}
th:first-child,td:first-child,.texts th:nth-child(2),.texts td:nth-child(2){text-align:left}
.texts td:nth-child(n+3){white-space:normal;overflow-wrap:anywhere;min-width:80px}
.prose th,.prose td{text-align:left;white-space:normal;vertical-align:top;min-width:90px}.prose td:first-child{white-space:nowrap}
td small{color:var(--dim);font-weight:400;margin-left:6px}
.many td small{display:block;margin:0}
.best{color:var(--success);font-weight:600}
.differs,.base{font-weight:600}
.bad{color:var(--error);font-weight:600}
.dot{display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:6px}
.tag{display:inline-block;font-size:12px;font-weight:600;border:1px solid currentColor;border-radius:99px;padding:0 9px;margin-right:8px}
.different{color:var(--success)}.hint{color:var(--warning)}.none{color:var(--dim)}
.figures{font-size:13px;color:var(--dim);margin:6px 0}
pre{overflow-x:auto;font:12px/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;background:var(--alternate);border-radius:6px;padding:10px;margin:6px 0}
pre .plus{color:var(--success)}pre .minus{color:var(--error)}pre .at{color:var(--accent)}
.note{overflow-wrap:anywhere}.note h1{font-size:18px}.note h2{font-size:16px;margin:12px 0 6px}.note table{width:auto}.note a{color:var(--accent)}
.note blockquote{margin:0 0 8px;padding-left:12px;border-left:3px solid var(--border);color:var(--dim)}
@media print{@page{margin:14mm}body{background:#fff;font-size:11px}main{max-width:none;padding:0}.scroll{overflow:visible}table{font-size:9px}th,td{white-space:normal;padding:3px 6px}h2{break-after:avoid}}
"""


def to_html(document: Document) -> str:
    """The whole file."""
    return "\n".join(_page(document))


def _page(document: Document) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{attribute(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{content(document.title)}</title>"
    yield f"<style>{color_variables()}{_STYLE}</style></head><body><main>"
    yield f"<h1>{content(document.title)}</h1>"
    facts = "".join(f"<dt>{content(k)}</dt><dd>{content(v)}</dd>" for k, v in document.facts)
    yield f'<dl class="facts">{facts}</dl>'
    for block in document.blocks:
        yield from _block(block)
    yield "</main></body></html>\n"


# -- blocks -----------------------------------------------------------------------------------------
@singledispatch
def _block(block: Block) -> Iterator[str]:
    raise NotImplementedError(f"no HTML for {type(block).__name__}")


@_block.register
def _heading(block: Heading) -> Iterator[str]:
    yield f"<h{block.level}>{content(block.text)}</h{block.level}>"


@_block.register
def _text(block: Text) -> Iterator[str]:
    kind = {"": "", "aside": ' class="dim"', "answer": ' class="answer"', "alarm": ' class="alarm"'}
    yield f"<p{kind[block.role]}>{content(block.text)}</p>"


@_block.register
def _bullets(block: Bullets) -> Iterator[str]:
    yield f"<ul>{''.join(f'<li>{content(one)}</li>' for one in block.items)}</ul>"


@_block.register
def _pictures(block: Pictures) -> Iterator[str]:
    cards = (f'<div class="card">{picture(one, alone=False)}</div>' for one in block.pictures)
    yield f'<div class="plots">{"".join(cards)}</div>'


@_block.register
def _card(block: Card) -> Iterator[str]:
    tag = f'<span class="tag {attribute(block.kind)}">{content(block.tag)}</span>'
    yield f'<div class="card"><h3>{tag}{content(block.title)}</h3>'
    yield f'<p class="figures">{content(block.figures)}</p>'
    yield f"<ul>{''.join(f'<li>{content(one)}</li>' for one in block.items)}</ul></div>"


@_block.register
def _table(table: ReportTable) -> Iterator[str]:
    if table.title:
        yield f"<h2>{content(table.title)}</h2>"
    if table.remark:
        yield f'<p class="dim">{content(table.remark)}</p>'
    if not table.rows:
        return
    yield f'<div class="scroll"><table class="{_look(table)}"><thead><tr>'
    colors = table.column_colors or (None,) * len(table.headers)
    for header, color in zip(table.headers, colors, strict=True):
        yield f"<th>{_dot(color)}{content(header)}</th>"
    yield "</tr></thead><tbody>"
    row_colors = table.row_colors or (None,) * len(table.rows)
    for row, color in zip(table.rows, row_colors, strict=True):
        cells = (_cell(cell, color if at == 0 else None) for at, cell in enumerate(row))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _look(table: ReportTable) -> str:
    """With many columns, what stands smaller behind a text stands below it."""
    if table.prose:
        return "prose"
    return "texts" if table.headers[:2] == ("", "") else "many" if len(table.headers) > 4 else ""


def _dot(color: int | None) -> str:
    return (
        "" if color is None else f'<span class="dot" style="background:{run_color(color)}"></span>'
    )


def _cell(cell: ReportCell, color: int | None) -> str:
    role = f' class="{attribute(cell.role)}"' if cell.role else ""
    star = "★ " if cell.role == "best" else ""
    aside = f"<small>{content(cell.aside)}</small>" if cell.aside else ""
    return f"<td{role}>{_dot(color)}{star}{content(cell.text)}{aside}</td>"


# -- code and notes ---------------------------------------------------------------------------------
@_block.register
def _code_diff(block: CodeDiff) -> Iterator[str]:
    yield f'<div class="card"><h3>{content(block.title)}</h3>{_files(block.difference)}</div>'


@_block.register
def _code_pair(block: CodePair) -> Iterator[str]:
    sides = (
        f"<div><h3>{content(title)}</h3><pre>{lines(text)}</pre></div>"
        for title, text in (block.one, block.other)
    )
    yield f'<details><summary>{content(block.summary)}</summary><div class="pair">{"".join(sides)}</div></details>'


def _files(diff: CodeDifference) -> str:
    return "".join(
        f'<p>{content(file.name)} <span class="dim">{content(file_words(file))}</span></p>{_diff(file)}'
        for file in diff.files
    )


def file_words(file: FileDifference) -> str:
    """What became of a file, in a few words."""
    if file.change == "other":
        return file.remark or f"+{file.added} −{file.removed} lines"
    return {"added": "only this run has it", "removed": "only the base run has it"}[file.change]


def _diff(file: FileDifference) -> str:
    if file.change != "other" or not file.lines:
        return ""
    marks = {"+": "plus", "-": "minus", "@": "at"}
    shown = (
        f'<span class="{marks[line[0]]}">{lines(line)}</span>' if line[:1] in marks else lines(line)
        for line in file.lines[:_MOST_DIFF_LINES]
    )
    more = len(file.lines) - _MOST_DIFF_LINES
    rest = f"\n… {more:,} more lines" if more > 0 else ""
    return f"<pre>{chr(10).join(shown)}{rest}</pre>"


@_block.register
def _note(note: ReportNote) -> Iterator[str]:
    # Without raw HTML and without pictures, which would be loaded from somewhere.
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    body = renderer.render(printable_lines(note.markdown))
    yield f'<div class="card note"><h3>{content(note.title)}</h3>{body}</div>'
