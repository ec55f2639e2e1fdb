"""The encoding of text files, and their text in blocks."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from runners.datasets.importing.recipe import ImportProblem

HEAD_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHOICES = ("utf-8", "cp1252", "utf-16", "cp1250", "cp1251", "shift_jis", "gb18030", "latin-1")
"""What a person may choose from; `recognise` answers with one of the first three."""


def open_binary(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is compressed by gzip."""
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast("BinaryIO", gzip.open(path, "rb")) if packed else open(path, "rb")
    except OSError as error:
        raise ImportProblem(f"{path} cannot be read: {error.strerror or error}") from error


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first bytes. Raises ImportProblem where the file is empty or cannot be read."""
    try:
        with open_binary(path) as file:
            data = file.read(size)
    except (OSError, EOFError) as error:
        raise ImportProblem(f"{path} cannot be read: {error}") from error
    if not data.strip():
        raise ImportProblem(f"{path} is empty: choose another file")
    return data


def recognise(data: bytes) -> str:
    """The likely encoding of a text that begins so: by its mark, by its zero bytes, UTF-8, or Windows-1252."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    even, odd = data[:200:2].count(0), data[1:200:2].count(0)
    if max(even, odd) * 6 > min(len(data), 200) and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def looks_binary(data: bytes) -> bool:
    """Whether the bytes are no text in any encoding that is recognised."""
    return b"\0" in data[:4096] and not recognise(data).startswith("utf-16")


def text_blocks(path: Path, encoding: str) -> Iterator[tuple[str, int]]:
    """The text in blocks that end between words where they can, each with the bytes read so far.

    Line ends become ``\\n``. Raises ImportProblem, which names the line, where the encoding is wrong.
    """
    decoder = _decoder(encoding)
    kept, line, done = "", 1, 0
    with open_binary(path) as file:
        while True:
            data = file.read(_BLOCK_BYTES)
            if not done and not encoding.startswith("utf-16") and looks_binary(data):
                raise ImportProblem(f"{path} is no text: it holds zero bytes. Choose another file")
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                line += kept.count("\n") + data[: error.start].count(b"\n")
                raise wrong_encoding(path, encoding, line, error) from error
            done += len(data)
            text = kept + text
            if not data:
                yield _one_line_end(text), done
                return
            cut = max(text.rfind("\n"), text.rfind(" ")) if len(text) < 4 * _BLOCK_BYTES else -1
            cut = cut if cut > 0 else len(text) - 1
            kept = text[cut:]
            line += text.count("\n", 0, cut)
            yield _one_line_end(text[:cut]), done


def read_text(path: Path, encoding: str, limit: int = 1 << 26) -> str:
    """A whole text, up to ``limit`` bytes."""
    with open_binary(path) as file:
        data = file.read(limit)
    try:
        return _one_line_end(_decoder(encoding).decode(data))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise wrong_encoding(path, encoding, line, error) from error


def check_encoding(path: Path, encoding: str) -> None:
    """Raises ImportProblem at the first line that is not in the encoding."""
    for _ in text_blocks(path, encoding):
        pass


def wrong_encoding(
    path: Path, encoding: str, line: int, error: UnicodeDecodeError
) -> ImportProblem:
    byte = error.object[error.start]
    others = ", ".join(name for name in CHOICES if not name.startswith(encoding[:6]))
    return ImportProblem(
        f"{path}, line {line:,}, is not {encoding}: it has a byte 0x{byte:02X} that means nothing there. "
        f"Choose another encoding, such as {others}"
    )


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise ImportProblem(
            f"there is no encoding {encoding!r}; there are: {', '.join(CHOICES)}"
        ) from None


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
