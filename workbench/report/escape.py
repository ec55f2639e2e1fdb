"""Names and notes may hold anything: here they become text that no format takes for its own."""

from __future__ import annotations

import html
import re

from workbench.commands.output import printable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")


def content(text: str) -> str:
    """For HTML and SVG, between tags; in one line, with what has no picture in a visible form."""
    return html.escape(printable(text), quote=False)


def attribute(text: str) -> str:
    """For HTML and SVG, between double quotes."""
    return html.escape(printable(text))


def lines(text: str) -> str:
    """As `content`, with line breaks and tabs as they are."""
    return "\n".join("\t".join(map(content, line.split("\t"))) for line in text.splitlines())


def markdown(text: str) -> str:
    """For Markdown, in a line or a cell of a table: nothing of it is taken for markup."""
    return _MARKDOWN.sub(r"\\\1", printable(text))
