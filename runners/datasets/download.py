"""Downloading a file."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException
from pathlib import Path

from runners.datasets.dataset import ProgressCallback

_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = 20


def download(url: str, path: Path, on_progress: ProgressCallback) -> None:
    """Download into ``path``, which appears only when the file is whole.

    Raises OSError where the network or the disk fails or the file arrives cut short.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as reply, open(partial, "wb") as file:
            total = int(reply.headers.get("Content-Length", 0))
            done = 0
            while block := reply.read(_BLOCK_BYTES):
                file.write(block)
                done += len(block)
                text = f"downloading {path.name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB"
                on_progress(text, done / total if total else 0.0)
    except HTTPException as error:
        raise OSError(f"{url}: {error}") from error
    if total and done != total:
        raise OSError(f"{url} broke off after {done:,} of {total:,} bytes")
    partial.replace(path)
