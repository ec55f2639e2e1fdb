"""Downloading files: checked, with progress, and going on where an earlier download broke off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runners.datasets.dataset import DatasetError, DatasetInfo, ProgressCallback
from runners.protocol import file_sha256

if TYPE_CHECKING:
    from http.client import HTTPResponse

_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = 20
_WHOLE = 416
"""HTTP's answer where there is nothing beyond the place from which more was asked for (RFC 9110, 15.5.17)."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a dataset. ``sha256`` is of its bytes as they are downloaded."""

    url: str
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


def get_files(
    info: DatasetInfo,
    files: tuple[RemoteFile, ...],
    datasets_folder: Path,
    source: Path | None,
    on_progress: ProgressCallback,
) -> list[Path]:
    """The files, checked: from the folder ``source`` if it is given, or else downloaded, where that was not done.

    Raises DatasetError, which says what is wrong and how the files can be had.
    """
    folder = source or datasets_folder / "downloads" / info.name
    share = 0.8 / len(files)
    for number, file in enumerate(files):

        def report(text: str, fraction: float, number: int = number) -> None:
            on_progress(text, share * (number + fraction))

        path = folder / file.name
        if path.is_file() and _matches(path, file.sha256):
            continue
        if source is None:
            path.unlink(missing_ok=True)
            _download(info, files, file, path, report)
        elif path.is_file():
            raise DatasetError(
                f"{path} is not the file of {info.title}: its checksum is another. {_ways(info, files)}"
            )
        else:
            raise DatasetError(f"{source} has no {file.name}. {_ways(info, files)}")
    return [folder / file.name for file in files]


def _download(
    info: DatasetInfo,
    files: tuple[RemoteFile, ...],
    file: RemoteFile,
    path: Path,
    on_progress: ProgressCallback,
) -> None:
    try:
        download(file.url, path, on_progress, file.sha256)
    except OSError as error:
        raise DatasetError(
            f"{info.title} could not be downloaded ({error}). {_ways(info, files)}"
        ) from error


def _ways(info: DatasetInfo, files: tuple[RemoteFile, ...]) -> str:
    names = ", ".join(file.name for file in files)
    return (
        f"Ways to get {info.title}: (1) with a network, prepare it again; what was downloaded "
        f"so far is kept; (2) get {names} from {files[0].url.rpartition('/')[0]}/ and name "
        "their folder with --source"
    )


def download(url: str, path: Path, on_progress: ProgressCallback, sha256: str) -> None:
    """Download into ``path``, which appears only when the file is whole and has this SHA-256.

    What arrives is kept in ``path.part``, and a later call asks for the rest alone. Raises OSError where the network
    or the disk fails, the file arrives cut short, or it is another.
    """
    from http.client import HTTPException

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    resumed = partial.exists()
    try:
        _fetch(url, partial, on_progress)
    except HTTPException as error:
        raise OSError(f"{url}: {error}") from error
    if not _matches(partial, sha256):
        partial.unlink()
        if not resumed:
            raise OSError(f"{url} is another file than expected: its checksum is not {sha256}")
        return download(url, path, on_progress, sha256)
    partial.replace(path)
    return None


def _fetch(url: str, partial: Path, on_progress: ProgressCallback) -> None:
    """Make ``partial`` whole: append what is missing, or begin anew where the server does not know how to."""
    import urllib.error
    import urllib.request

    done = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        reply = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _WHOLE and done:
                return
            raise
    with reply, open(partial, "ab") as file:
        done = _start(reply)
        file.truncate(done)
        total = done + int(reply.headers.get("Content-Length", 0))
        known = total > done
        while block := reply.read(_BLOCK_BYTES):
            file.write(block)
            done += len(block)
            name = partial.stem
            text = f"downloading {name}: {done / 1e6:.1f}" + f" of {total / 1e6:.1f} MB" * known
            on_progress(text, min(1.0, done / total) if known else 0.0)
    if known and done != total:
        raise OSError(
            f"{url} broke off after {done:,} of {total:,} bytes; the next try goes on from there"
        )


def _start(reply: HTTPResponse) -> int:
    """The place of the reply's first byte in the file: 0 unless it is a part."""
    found = re.match(r"bytes (\d+)-", reply.headers.get("Content-Range", ""))
    return int(found[1]) if reply.status == 206 and found else 0


def _matches(path: Path, sha256: str) -> bool:
    return file_sha256(path) == sha256
