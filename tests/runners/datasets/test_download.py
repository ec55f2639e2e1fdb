from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from runners.datasets.download import download

CONTENT = bytes(range(256)) * 4096


class _Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/whole":
            self.wfile.write(CONTENT)
        if self.path == "/broken":
            self.wfile.write(CONTENT[:1000])

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_arrives_whole_and_with_progress(address: str, tmp_path: Path) -> None:
    fractions: list[float] = []
    path = tmp_path / "folder" / "file"
    download(f"{address}/whole", path, lambda _text, fraction: fractions.append(fraction))
    assert path.read_bytes() == CONTENT
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("name", ["missing", "broken"])
def test_a_download_that_fails_leaves_no_file(address: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"404|broke off"):
        download(f"{address}/{name}", tmp_path / "file", lambda _text, _fraction: None)
    assert not (tmp_path / "file").exists()
