"""A report as one file of HTML that needs nothing else: no script, nothing from anywhere, light or dark as the reader's system is."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt

from workbench.commands.output import printable_lines
from workbench.explain.difference import CodeDifference, FileDifference
from workbench.explain.significance import Significance, Verdict
from workbench.explain.words import figure, probability
from workbench.report.content import ReportCell, ReportContent, ReportTable
from workbench.report.escape import attribute, content, lines
from workbench.report.svg import color_variables, run_color, svg

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
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px}
.plots .card{margin:0;padding:8px;max-width:760px}
svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;background:var(--base);border:1px solid var(--border);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:5px 12px;text-align:right;border-bottom:1px solid var(--border);white-space:nowrap}
tr:last-child td{border-bottom:0}
th{font-weight:600;background:var(--alternate)}
th:first-child,td:first-child,.texts th:nth-child(2),.texts td:nth-child(2){text-align:left}
.texts td:nth-child(n+3){white-space:normal;overflow-wrap:anywhere;min-width:80px}
td small{color:var(--dim);margin-left:6px}
.best{color:var(--success);font-weight:600}
.differs,.base{font-weight:600}
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


def to_html(report: ReportContent) -> str:
    """The whole file."""
    return "\n".join(_page(report))


def _page(report: ReportContent) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{attribute(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{content(report.title)}</title>"
    yield f"<style>{color_variables()}{_STYLE}</style></head><body><main>"
    yield f"<h1>{content(report.title)}</h1>"
    facts = "".join(f"<dt>{content(k)}</dt><dd>{content(v)}</dd>" for k, v in report.facts)
    yield f'<dl class="facts">{facts}</dl>'
    if report.plots:
        yield "<h2>Curves</h2>"
        pictures = (f'<div class="card">{svg(plot, alone=False)}</div>' for plot in report.plots)
        yield f'<div class="plots">{"".join(pictures)}</div>'
    for table in report.tables:
        yield from _table(table)
    yield from _chance(report)
    yield from _code(report)
    yield from _notes(report)
    if report.left_out:
        yield "<h2>Not in this report</h2>"
        yield f"<ul>{''.join(f'<li>{content(one)}</li>' for one in report.left_out)}</ul>"
    yield "</main></body></html>\n"


def _table(table: ReportTable) -> Iterator[str]:
    yield f"<h2>{content(table.title)}</h2>"
    if table.remark:
        yield f'<p class="dim">{content(table.remark)}</p>'
    if not table.rows:
        return
    kind = ' class="texts"' if table.headers[:2] == ("", "") else ""
    yield f'<div class="scroll"><table{kind}><thead><tr>'
    colors = table.column_colors or (None,) * len(table.headers)
    for header, color in zip(table.headers, colors, strict=True):
        yield f"<th>{_dot(color)}{content(header)}</th>"
    yield "</tr></thead><tbody>"
    row_colors = table.row_colors or (None,) * len(table.rows)
    for row, color in zip(table.rows, row_colors, strict=True):
        cells = (_cell(cell, color if at == 0 else None) for at, cell in enumerate(row))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _dot(color: int | None) -> str:
    return (
        "" if color is None else f'<span class="dot" style="background:{run_color(color)}"></span>'
    )


def _cell(cell: ReportCell, color: int | None) -> str:
    role = f' class="{attribute(cell.role)}"' if cell.role else ""
    star = "★ " if cell.role == "best" else ""
    aside = f"<small>{content(cell.aside)}</small>" if cell.aside else ""
    return f"<td{role}>{_dot(color)}{star}{content(cell.text)}{aside}</td>"


# -- chance -----------------------------------------------------------------------------------------
def _chance(report: ReportContent) -> Iterator[str]:
    if not report.chance:
        return
    yield f"<h2>Is it chance?</h2><p>{content(report.chance)}</p>"
    for each in report.significances:
        yield '<div class="card">'
        yield f"<h3>{_tag(each)}{content(each.headline)}</h3>"
        yield f'<p class="figures">{content(figures(each))}</p>'
        yield f"<ul>{''.join(f'<li>{content(one)}</li>' for one in each.explanation)}</ul></div>"


def _tag(each: Significance) -> str:
    kind = {Verdict.DIFFERENT: "different", Verdict.HINT: "hint"}.get(each.verdict, "none")
    return f'<span class="tag {kind}">{content(each.verdict)}</span>'


def figures(each: Significance) -> str:
    """All figures of a comparison in a line."""
    one, two = each.names
    parts = [
        f"{name}: {figure(mean)} ± {figure(deviation)} (n = {n})"
        for name, mean, deviation, n in zip(each.names, each.means, each.deviations, each.runs, strict=True)
        if n > 1
    ]  # fmt: skip
    if each.interval is not None:
        low, high = map(figure, each.interval)
        parts.append(f"{one} − {two} = {figure(each.difference)}, {100 * each.confidence:.4g} % interval {low} to {high}")  # fmt: skip
    for test in (each.t, each.ranks):
        if test is not None:
            df = "" if test.df is None else f"({test.df:.3g})"
            parts.append(f"{test.name}{df} {figure(test.statistic)}, {probability(test.p)}")
    if each.effect is not None:
        parts.append(f"{each.effect_name} = {figure(each.effect)}")
    return " · ".join(parts)


# -- code and notes ---------------------------------------------------------------------------------
def _code(report: ReportContent) -> Iterator[str]:
    if not report.code:
        return
    yield "<h2>Code</h2>"
    for name, diff in report.code:
        yield f'<div class="card"><h3>{content(name)} against the base run</h3>{_files(diff)}</div>'


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


def _notes(report: ReportContent) -> Iterator[str]:
    if not report.notes:
        return
    yield "<h2>Notes</h2>"
    # Without raw HTML and without pictures, which would be loaded from somewhere.
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    for note in report.notes:
        body = renderer.render(printable_lines(note.markdown))
        yield f'<div class="card note"><h3>{content(note.title)}</h3>{body}</div>'
