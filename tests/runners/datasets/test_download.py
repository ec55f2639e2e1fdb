from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from runners.datasets import mnist
from runners.datasets.dataset import DatasetError
from runners.datasets.download import RemoteFile, download, get_files

CONTENT = bytes(range(256)) * 4096
CHECKSUM = sha256(CONTENT).hexdigest()


@dataclass
class Served:
    """What the server gives: ``cut`` bytes of the body at most, and the part that was asked for if it ``resumes``."""

    address: str
    content: bytes = CONTENT
    cut: int | None = None
    resumes: bool = True
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def served() -> Iterator[Served]:
    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append(wanted)
            found = re.fullmatch(r"bytes=(\d+)-", wanted)
            start = int(found[1]) if found and state.resumes else 0
            if self.path == "/missing":
                self.send_error(404)
            elif start >= len(state.content):
                self.send_error(416)
            else:
                self._send(state.content[start:], start)

        def _send(self, body: bytes, start: int) -> None:
            self.send_response(206 if start else 200)
            if start:
                total = start + len(body)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: state.cut])

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        state = Served(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def _download(served: Served, path: Path) -> list[float]:
    fractions: list[float] = []
    download(
        f"{served.address}/file", path, lambda _text, fraction: fractions.append(fraction), CHECKSUM
    )
    return fractions


def test_a_file_arrives_whole_and_with_progress(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    fractions = _download(served, path)
    assert path.read_bytes() == CONTENT
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_an_error_and_leaves_nothing(served: Served, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="404"):
        download(f"{served.address}/missing", tmp_path / "file", lambda *_: None, CHECKSUM)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_download_goes_on_where_it_broke_off(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "file"
    served.cut = 1000
    for _ in range(2):
        with pytest.raises(OSError, match="broke off"):
            _download(served, path)
        assert not path.exists()
    served.cut = None
    fractions = _download(served, path)
    assert path.read_bytes() == CONTENT
    assert served.asked == ["", "bytes=1000-", "bytes=2000-"]
    assert fractions[-1] == 1.0


def test_a_server_that_knows_no_parts_sends_all_again(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"the beginning of something")
    served.resumes = False
    _download(served, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "partial", [b"of another file" * 100, CONTENT + b"too long", CONTENT], ids=len
)
def test_whatever_lies_there_the_right_file_comes(
    served: Served, tmp_path: Path, partial: bytes
) -> None:
    path = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(partial)
    _download(served, path)
    assert path.read_bytes() == CONTENT


def test_another_file_than_expected_is_refused(served: Served, tmp_path: Path) -> None:
    served.content = CONTENT[:-1] + b"?"
    with pytest.raises(OSError, match="another file than expected"):
        _download(served, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def _files(served: Served) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(f"{served.address}/{name}", CHECKSUM) for name in ("one", "two"))


def test_files_are_downloaded_once(served: Served, tmp_path: Path) -> None:
    fractions: list[float] = []
    for _ in range(2):
        paths = get_files(
            mnist.INFO, _files(served), tmp_path, None, lambda _, f: fractions.append(f)
        )
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT]
    assert len(served.asked) == 2
    assert fractions == sorted(fractions)


def test_a_downloaded_file_that_was_damaged_is_downloaded_again(
    served: Served, tmp_path: Path
) -> None:
    (path, _) = get_files(mnist.INFO, _files(served), tmp_path, None, lambda *_: None)
    path.write_bytes(b"damaged")
    get_files(mnist.INFO, _files(served), tmp_path, None, lambda *_: None)
    assert path.read_bytes() == CONTENT


def test_files_in_a_named_folder_are_checked_and_left_alone(served: Served, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(CONTENT)
    with pytest.raises(DatasetError, match=r"has no two\. Ways to get MNIST: .*--source"):
        get_files(mnist.INFO, _files(served), tmp_path, tmp_path, lambda *_: None)
    (tmp_path / "two").write_bytes(b"something else")
    with pytest.raises(DatasetError, match="two is not the file of MNIST: its checksum is another"):
        get_files(mnist.INFO, _files(served), tmp_path, tmp_path, lambda *_: None)
    assert (tmp_path / "two").read_bytes() == b"something else"
    assert served.asked == []


def test_without_the_file_on_the_server_the_ways_to_get_it_are_told(
    served: Served, tmp_path: Path
) -> None:
    files = (RemoteFile(f"{served.address}/missing", CHECKSUM),)
    with pytest.raises(DatasetError, match=r"MNIST could not be downloaded .*404.* --source"):
        get_files(mnist.INFO, files, tmp_path, None, lambda *_: None)
