from __future__ import annotations

import os
import sys
import timeit
from pathlib import Path

import pytest

from storage import filesystem
from storage.filesystem import Mount, is_unc, mount_of, parse_mountinfo, remote_kind
from storage.home import Home
from storage.store import Store, StoreError

MOUNTINFO = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard,errors=remount-ro
41 27 0:36 / /home/ann rw,relatime shared:28 - nfs4 nas:/export/ann rw,vers=4.2,rsize=1048576,hard,proto=tcp,addr=10.0.0.2
42 27 0:37 / /mnt/office\040share rw,relatime shared:29 master:3 - cifs //server/office rw,vers=3.1.1,cache=strict
43 41 0:38 / /home/ann/fast rw,nosuid,nodev - ext4 /dev/nvme0n1p1 rw
44 27 0:39 / /media/remote rw,nosuid,nodev,relatime shared:30 - fuse.sshfs ann@host:/data rw,user_id=1000,group_id=1000
45 27 0:40 / /mnt/c rw,noatime - 9p C:\134 rw,dirsync,aname=drvfs;path=C:\;uid=1000,trans=fd,rfd=5,wfd=5
46 27 0:41 / /auto rw,relatime shared:31 - autofs systemd-1 rw,fd=29,pgrp=1,timeout=0
47 46 0:42 / /auto rw,relatime shared:32 - nfs nas:/auto rw,vers=3
48 27 0:43 / /btrfs rw,relatime - btrfs /dev/sdb rw,subvolid=5
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/bob/twinbench", "ext4"),
        ("/home/ann", "nfs4"),
        ("/home/ann/.local/share/twinbench", "nfs4"),
        ("/home/annabel/twinbench", "ext4"),
        ("/home/ann/fast/twinbench", "ext4"),
        ("/mnt/office share/x", "cifs"),
        ("/media/remote/x", "fuse.sshfs"),
        ("/mnt/c/Users", "9p"),
        ("/auto/x", "nfs"),
        ("/btrfs/x", "btrfs"),
    ],
)
def test_the_innermost_and_latest_mount_holds_a_path(path: str, kind: str) -> None:
    assert mount_of(path, parse_mountinfo(MOUNTINFO)).kind == kind


def test_lines_that_are_no_mounts_are_skipped() -> None:
    assert parse_mountinfo("nonsense\n\n1 2 3\n") == []
    assert mount_of("/somewhere", []) == Mount("", "")


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afpfs", "9p"]
)
def test_a_home_on_a_network_drive_is_refused_with_the_reason_and_what_to_do(
    kind: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows tells drives apart by other means")
    there = Mount(os.path.realpath(home.path.parent), kind)
    monkeypatch.setattr(filesystem, "_mounts", lambda: [Mount("/", "ext4"), there])
    with pytest.raises(StoreError, match=rf"network drive.*\({kind}\).*--home"):
        Store.open(home)
    assert not home.path.exists()


def test_a_link_to_a_network_drive_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows tells drives apart by other means")
    (tmp_path / "nas").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nas")
    there = Mount(os.path.realpath(tmp_path / "nas"), "nfs4")
    monkeypatch.setattr(filesystem, "_mounts", lambda: [Mount("/", "ext4"), there])
    assert remote_kind(tmp_path / "link" / "home") == "nfs4"
    assert remote_kind(tmp_path / "home") == ""


@pytest.mark.parametrize(
    ("drive", "remote"),
    [
        ("C:", False),
        ("\\\\server\\share", True),
        ("//server/share", True),
        ("\\\\?\\UNC\\server\\share", True),
        ("\\\\?\\C:", False),
        ("\\\\.\\pipe", False),
    ],
)
def test_a_share_of_windows_is_told_by_its_name(drive: str, remote: bool) -> None:
    assert is_unc(drive) is remote


def test_the_disk_that_the_tests_run_on_is_no_network_drive_and_that_is_found_out_quickly(
    tmp_path: Path,
) -> None:
    assert remote_kind(tmp_path) == ""
    seconds = min(timeit.repeat(lambda: remote_kind(tmp_path), number=1, repeat=20))
    assert seconds < (0.005 if sys.platform.startswith("linux") else 1.0)
