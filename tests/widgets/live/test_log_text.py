from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.live import log_text
from widgets.live.log_text import LogLines, read_piece


def lines_of(*pieces: bytes) -> tuple[list[str], str]:
    lines, rest = LogLines(), ""
    whole: list[str] = []
    for piece in pieces:
        new, rest = lines.feed(piece)
        whole += new
    return whole, rest


@pytest.mark.parametrize(
    ("data", "whole", "rest"),
    [
        (b"one\ntwo", ["one"], "two"),
        (b"dos\r\nlines\r\n", ["dos", "lines"], ""),
        (b"10%\r50%\r100%\ndone", ["100%"], "done"),
        (b"long line\rshort\n", ["shortline"], ""),
        (b"\x1b[32mgreen\x1b[0m\x1b[K\n", ["green"], ""),
        (b"\x1b]0;title\x07text\n", ["text"], ""),
        (b"nul\x00 and bell\x07\n", ["nul and bell"], ""),
        ("Größe é\n".encode(), ["Größe é"], ""),
        (b"bad \xff byte\n", ["bad \ufffd byte"], ""),
        (b"tab\there\n", ["tab\there"], ""),
        (b"<b>plain</b>\n", ["<b>plain</b>"], ""),
    ],
)
def test_output_reads_as_on_a_terminal(data: bytes, whole: list[str], rest: str) -> None:
    assert lines_of(data) == (whole, rest)


@given(st.data())
def test_it_does_not_matter_how_the_output_is_cut(data: st.DataObject) -> None:
    words = ["epoch 1", "\r", "\n", "\r\n", "é", "\x1b[31m", "\x1b[0m", "x" * 9, "50%"]
    whole = "".join(data.draw(st.lists(st.sampled_from(words), max_size=25))).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    ends_open = whole.endswith((b"\r", b"\x1b[31m", b"\x1b[0m"))
    if not ends_open and b"\r\n" not in whole:
        assert lines_of(*pieces) == lines_of(whole)


def test_a_progress_bar_without_end_keeps_little() -> None:
    lines = LogLines()
    for step in range(5000):
        assert lines.feed(f"\r{step:6d} of 5000".encode())[1] == f"{step:6d} of 5000"
    assert len(lines._rest) < 100


def test_a_line_without_end_is_cut() -> None:
    whole, _ = lines_of(b"x" * 50_000 + b"\n")
    assert len(whole[0]) == log_text.LONGEST_LINE + 2


def test_a_file_is_read_from_where_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    assert read_piece(path, None).data == b""
    path.write_bytes(b"one\n")
    first = read_piece(path, None)
    assert (first.data, first.offset, first.skipped, first.more) == (b"one\n", 4, 0, False)
    with open(path, "ab") as file:
        file.write(b"two\n")
    assert read_piece(path, first.offset).data == b"two\n"


def test_of_a_huge_log_the_end_is_read_piece_by_piece_from_the_start_of_a_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "output.log"
    line = b"0123456789" * 10 + b"\n"
    path.write_bytes(line * 20_000)
    piece = read_piece(path, None)
    data = piece.data
    assert piece.skipped % len(line) == 0
    assert piece.skipped > 0
    while piece.more:
        piece = read_piece(path, piece.offset)
        data += piece.data
    assert data == line * (len(data) // len(line))
    assert len(data) <= log_text.LARGEST_START
