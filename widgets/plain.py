"""Names, tags, reasons and logs may hold anything: they are shown as the text that they are.

Qt takes a text that looks like HTML for HTML in tips, and an ampersand for a mark of the key in buttons and
menus. Control characters and the marks that turn the direction of writing would break the line they stand in.
"""

from __future__ import annotations

import html
import re
import textwrap

_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LONG_WORD = re.compile(r"\S{40}(?=\S)")
_LONGEST_LINE = 500
_LONGEST_TIP = 1200
_TIP_WIDTH = 90


def shown(text: str) -> str:
    """The text with line breaks and tabs as they are, and other marks without a picture in a visible form."""
    return _ODD.sub(_picture, text) if _ODD.search(text) else text


def breakable(text: str) -> str:
    """The same, with places in very long words at which a label can break them."""
    return _LONG_WORD.sub(lambda found: found.group() + "\u200b", shown(text))


def line(text: str) -> str:
    """The same in one line, which ends in an ellipsis where it is longer than any screen."""
    if len(text) > _LONGEST_LINE:
        text = text[:_LONGEST_LINE] + "…"
    if "\n" in text or "\t" in text:
        text = " ".join(text.split())
    return shown(text)


def tip(text: str) -> str:
    """What to set as a tip, so that it reads like the text: in lines that fit on a screen."""
    words = shown(text)
    if len(words) > _LONGEST_TIP:
        words = words[:_LONGEST_TIP] + " …"
    if any(len(each) > _TIP_WIDTH for each in words.splitlines()):
        wrapped = (textwrap.fill(each, _TIP_WIDTH) for each in words.splitlines())
        words = "\n".join(wrapped)
    if "<" in words or "&" in words:
        return f'<p style="white-space:pre">{html.escape(words)}</p>'
    return words


def caption(text: str) -> str:
    """What to set as the text of a button, an action or a tab, so that its ampersands are shown."""
    return line(text).replace("&", "&&")


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"‹{code:04X}›"
