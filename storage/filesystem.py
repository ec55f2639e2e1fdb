"""Whether a folder is on another computer's disk. SQLite's write-ahead log needs memory that all its users share.

Its documentation says so: "WAL does not work over a network filesystem" (https://sqlite.org/wal.html). Locks are
unreliable there as well, so a history would sooner or later be damaged.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from storage.errors import StoreError

REMOTE = {
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph",
    "fuse.cifs", "fuse.curlftpfs", "fuse.davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs",
    "fuse.goofys", "fuse.juicefs", "fuse.mfs", "fuse.moosefs", "fuse.nfs", "fuse.rclone", "fuse.s3fs",
    "fuse.smbnetfs", "fuse.sshfs", "fuse.vmhgfs-fuse", "gfs2", "glusterfs", "gpfs", "lustre", "macfuse",
    "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "osxfuse", "panfs", "prl_fs", "pvfs2", "smb2",
    "smb3", "smbfs", "sshfs", "vboxsf", "vmhgfs", "webdav",
}  # fmt: skip
"""File systems of the network, of a cluster, or of the host of a virtual machine, by the systems' own names."""

_DRIVE_REMOTE = 4


class Mount(NamedTuple):
    point: str
    kind: str


def refuse_remote(folder: Path) -> None:
    """Raise StoreError if the folder, which need not exist, is not on a disk of this computer."""
    if kind := remote_kind(folder):
        raise StoreError(
            f"The folder {folder} is on a network drive or a shared one ({kind}). A database that several programs "
            "use is damaged there sooner or later. Choose a home on a disk of this computer with --home or "
            "TWINBENCH_HOME; backups may go anywhere."
        )


def remote_kind(folder: Path) -> str:
    """The kind of the remote file system that a folder is on, "" if it is on a disk of this computer or cannot be told."""
    path = os.path.realpath(folder)
    if sys.platform == "win32":
        return _windows_kind(path)
    kind = mount_of(path, _mounts()).kind
    return kind if kind in REMOTE else ""


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount:
    """The mount that holds an absolute path without links: the longest that it begins with, the last of equal ones."""
    best = Mount("", "")
    for mount in mounts:
        inside = path == mount.point or path.startswith(mount.point.rstrip("/") + "/")
        if inside and len(mount.point) >= len(best.point):
            best = mount
    return best


def parse_mountinfo(text: str) -> list[Mount]:
    """The mounts of Linux's ``/proc/self/mountinfo``, as proc(5) describes it."""
    mounts = []
    for line in text.splitlines():
        left, separator, right = line.partition(" - ")
        fields, kinds = left.split(" "), right.split(" ")
        if separator and len(fields) > 4:
            mounts.append(Mount(_unescaped(fields[4]), kinds[0]))
    return mounts


def _unescaped(text: str) -> str:
    """A path as the kernel writes it: blanks, line ends and backslashes as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _mounts() -> list[Mount]:
    if sys.platform.startswith("linux"):
        try:
            with open("/proc/self/mountinfo", "rb") as file:
                return parse_mountinfo(os.fsdecode(file.read()))
        except OSError:
            return []
    import psutil  # 20 ms, which Linux is spared

    return [Mount(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]


def _windows_kind(path: str) -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    drive = os.path.splitdrive(path)[0]
    if is_unc(drive):
        return "a share"
    kind = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")
    return "a network drive" if kind == _DRIVE_REMOTE else ""


def is_unc(drive: str) -> bool:
    r"""Whether a Windows path's drive names another computer: ``\\server\share`` or ``\\?\UNC\server\share``."""
    plain = drive.replace("/", "\\").upper()
    return plain.startswith("\\\\?\\UNC\\") or (
        plain.startswith("\\\\") and not plain.startswith(("\\\\?\\", "\\\\.\\"))
    )
