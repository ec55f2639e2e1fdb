"""Set Twinbench up and run it, or set it up and test it. Needs Python and nothing else.

    python3 dev.py run [--frameworks pytorch|tensorflow|both] [-- ARGUMENTS OF THE PROGRAM]
    python3 dev.py test [ARGUMENTS OF PYTEST]

The first call makes a virtual environment in `.venv` beside this file. A later call finds it
ready and hands over at once. An environment is ready only when its stamp says so, and the stamp is
written last: what an interrupted call left behind is removed and made again.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON_OF_TENSORFLOW = (3, 13)
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
GIGABYTE = 10**9


class SetupError(Exception):
    """Something that the person at the keyboard can mend, in words."""


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


# --- What the machine offers -------------------------------------------------------------------


def has_nvidia() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def has_display() -> bool:
    """Whether a window can be shown. Only Linux can be without a display."""
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


QT_LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
}
"""Debian's package, and the library in it without which Qt does not load."""

X_LIBRARIES = {
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
}
"""The same for a window on an X server."""

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


def missing_packages(extras: Sequence[str]) -> list[str]:
    """Debian's names of what this Linux machine still needs."""
    if sys.platform != "linux":
        return []
    libraries = {**QT_LIBRARIES, **X_LIBRARIES}
    missing = [package for package, library in libraries.items() if not loads(library)]
    system_python = sys.base_prefix == "/usr"
    if system_python and importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if "pytorch" in extras:  # torch.compile builds C++ that includes Python.h
        if not any(map(shutil.which, ("g++", "c++", "clang++"))):
            missing.append("g++")
        if system_python and not Path(sysconfig.get_paths()["include"], "Python.h").exists():
            missing.append("python3-dev")
    if "dev" in extras and is_debian() and not FASHION_MNIST.is_dir():
        missing.append("dataset-fashion-mnist")
    return missing


def is_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def provide_packages(extras: Sequence[str]) -> None:
    """Install the system's packages where that is allowed, otherwise say how to."""
    missing = missing_packages(extras)
    if not missing:
        return
    install = ["install", "--yes", "--no-install-recommends", *missing]
    line = f"apt-get {' '.join(install)}"
    if not is_debian():
        libraries = {**QT_LIBRARIES, **X_LIBRARIES}
        names = ", ".join(libraries.get(package, package) for package in missing)
        say(f"your package manager should install what has these: {names}")
    elif os.geteuid() != 0:
        say("this machine needs a few packages; type this once, here or in another terminal:")
        say(f"    sudo {line}")
    else:
        say(f"installing {len(missing)} of Debian's packages (usually under a minute)")
        if not (apt_get("update") and apt_get(*install)):
            say(f"apt-get failed; when it works again type: {line}")


def apt_get(*words: str) -> bool:
    """Whether it succeeded. Its output is left out: dpkg names every file that it unpacks."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", *words]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def require_qt() -> None:
    """Raises SetupError where Qt would not load, with the line that mends it."""
    lacking = [package for package in missing_packages([]) if package in QT_LIBRARIES]
    if not lacking:
        return
    if is_debian():
        raise SetupError(f"Qt needs more first: sudo apt-get install {' '.join(lacking)}")
    names = ", ".join(QT_LIBRARIES[package] for package in lacking)
    raise SetupError(f"Qt needs these libraries first: {names}")


# --- The environment ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamp:
    """What an environment was made from. ``complete`` turns true when everything is installed."""

    python: str
    requirements: str
    extras: tuple[str, ...]
    complete: bool = False

    @classmethod
    def wanted(cls, extras: Sequence[str], checkout: Path) -> Stamp:
        base = f"{sys.version} {sys.base_prefix} {checkout} nvidia={has_nvidia()}"
        digest = hashlib.sha256()
        for name in ("pyproject.toml", "constraints.txt"):
            digest.update((checkout / name).read_bytes())
        return cls(base, digest.hexdigest(), tuple(extras), complete=True)

    @classmethod
    def read(cls, path: Path) -> Stamp | None:
        """The stamp in a file, or None where there is none that makes sense."""
        try:
            raw = json.loads(path.read_text("utf-8"))
            return cls(raw["python"], raw["requirements"], tuple(raw["extras"]), raw["complete"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(vars(self)), "utf-8")
        os.replace(temporary, path)

    def covers(self, other: Stamp) -> bool:
        """Whether an environment with this stamp is ready for what the other asks."""
        same = (self.python, self.requirements) == (other.python, other.requirements)
        return self.complete and same and set(other.extras) <= set(self.extras)

    def can_become(self, other: Stamp) -> bool:
        """Whether installing on top is enough, so that nothing need be removed."""
        return self.complete and self.python == other.python


class Environment:
    """The virtual environment of a checkout."""

    def __init__(self, checkout: Path = CHECKOUT) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.stamp_file = self.folder / "twinbench-setup.json"
        self.log = self.folder / "install.log"

    @property
    def python(self) -> Path:
        windows = os.name == "nt"
        return self.folder / ("Scripts/python.exe" if windows else "bin/python")

    def provide(self, extras: Sequence[str]) -> None:
        """Make the environment ready for these extras. Raises SetupError."""
        wanted = Stamp.wanted(extras, self.checkout)
        if self.is_ready(wanted):
            return
        with self.alone():
            found = Stamp.read(self.stamp_file)
            if self.is_ready(wanted):
                return
            if found and found.can_become(wanted) and self.python.exists():
                merged = tuple(sorted({*found.extras, *extras}))
                wanted = Stamp(wanted.python, wanted.requirements, merged, complete=True)
                say("the requirements changed; bringing .venv up to date")
                self.begin(wanted)
            else:
                self.make(wanted)
            self.install(wanted.extras)
            wanted.write(self.stamp_file)
            say("the environment is ready")

    def is_ready(self, wanted: Stamp) -> bool:
        found = Stamp.read(self.stamp_file)
        return found is not None and found.covers(wanted) and self.python.exists()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off a second dev.py in the same checkout until this one is done."""
        with open(self.checkout / ".dev.lock", "w", encoding="utf-8") as file:
            if not lock(file.fileno()):
                say("another dev.py is setting up here; waiting for it")
                while not lock(file.fileno()):
                    time.sleep(0.5)
            yield

    def begin(self, wanted: Stamp) -> None:
        """Mark the environment as unfinished, until `provide` says otherwise."""
        Stamp(wanted.python, wanted.requirements, wanted.extras).write(self.stamp_file)

    def make(self, wanted: Stamp) -> None:
        if self.folder.exists():
            self.remove()
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip") is None:
            raise SetupError(
                "this Python cannot make virtual environments; "
                "on Debian and Ubuntu type: sudo apt-get install python3-venv"
            )
        self.require_space(wanted.extras)
        say(f"making a virtual environment in {self.folder}")
        self.folder.mkdir()
        self.begin(wanted)
        if subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=False).returncode:
            raise SetupError(f"the virtual environment could not be made. {self.cause()}".strip())

    def remove(self) -> None:
        if not self.stamp_file.exists() and any(self.folder.iterdir()):
            raise SetupError(f"{self.folder} was not made by dev.py; move it away, then try again")
        say("the environment is unfinished or of another Python; making it anew")
        try:
            # The stamp goes last, so that an interrupted removal is known as such.
            for entry in sorted(self.folder.iterdir(), key=lambda path: path == self.stamp_file):
                is_folder = entry.is_dir() and not entry.is_symlink()
                shutil.rmtree(entry) if is_folder else entry.unlink()
            self.folder.rmdir()
        except OSError as error:
            raise SetupError(
                f"{error}. Close what runs from {self.folder}, then try again"
            ) from error

    def require_space(self, extras: Sequence[str]) -> None:
        need = space_needed(extras)
        free = shutil.disk_usage(self.checkout).free
        if free < need:
            raise SetupError(
                f"the environment takes about {need / GIGABYTE:.0f} GB, "
                f"and {self.checkout} has {free / GIGABYTE:.1f} GB free"
            )

    def install(self, extras: Sequence[str]) -> None:
        what = f"-e.[{','.join(extras)}]"
        say("installing what is missing (usually 2 to 6 minutes; with the frameworks it downloads")
        say("about 0.7 GB, or 4 GB where there is an NVIDIA GPU). Ctrl-C is safe: call again later")
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        command += ["--log", str(self.log), "-c", "constraints.txt", *torch_index(extras), what]
        self.log.unlink(missing_ok=True)
        if subprocess.run(command, cwd=self.checkout, check=False).returncode:
            raise SetupError(f"pip could not install everything. {self.cause()}".strip())

    def cause(self) -> str:
        """The likely cause of a failed installation, read from pip's log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        full = shutil.disk_usage(self.checkout).free < GIGABYTE // 10
        if full or "No space left on device" in text:
            return "The disk is full: free some space (in /tmp too), then call again."
        if any(sign in text for sign in SIGNS_OF_NO_NETWORK):
            return "There is no network, or the package index does not answer: call again later."
        if "No matching distribution found" in text:
            return f"Python {platform.python_version()} on this system lacks a package (see above)."
        return "See above; the next call starts afresh."


SIGNS_OF_NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "name resolution",
    "Network is unreachable",
)


def lock(descriptor: int) -> bool:
    """Try to lock an open file for this process. The system unlocks it when the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def space_needed(extras: Sequence[str]) -> int:
    """Bytes that the environment takes while it is made, downloads included."""
    gigabytes = 2
    if "pytorch" in extras:
        gigabytes += 9 if gets_cuda() else 1
    if any(extra.startswith("tensorflow") for extra in extras):
        gigabytes += 2
    return gigabytes * GIGABYTE


def gets_cuda() -> bool:
    return sys.platform == "linux" and has_nvidia()


def torch_index(extras: Sequence[str]) -> list[str]:
    """Where pip finds PyTorch without gigabytes of CUDA, for a Linux machine that has no use for it.

    Elsewhere, and where that index cannot be reached, pip decides by itself.
    """
    if "pytorch" not in extras or sys.platform != "linux" or has_nvidia():
        return []
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=5):
            return ["--extra-index-url", TORCH_CPU_INDEX]
    except (OSError, ValueError):
        say("PyTorch's index of builds without CUDA cannot be reached; taking what pip finds")
        return []


def extras_for(frameworks: str) -> list[str]:
    """The extras of pyproject.toml for ``pytorch``, ``tensorflow`` or ``both``, with what exports their models."""
    small = sys.platform == "linux" and platform.machine() == "x86_64" and not has_nvidia()
    tensorflow = "tensorflow-cpu" if small else "tensorflow"
    extras = {
        "pytorch": ["pytorch", "export"],
        "tensorflow": [tensorflow, "export"],
        "both": ["pytorch", tensorflow, "export"],
    }[frameworks]
    if tensorflow in extras and sys.version_info[:2] > NEWEST_PYTHON_OF_TENSORFLOW:
        newest = ".".join(map(str, NEWEST_PYTHON_OF_TENSORFLOW))
        raise SetupError(
            f"TensorFlow is not made for Python {platform.python_version()} yet. Call dev.py with "
            f"Python 3.11 to {newest}, or with PyTorch alone: run --frameworks pytorch"
        )
    return extras


# --- The commands ------------------------------------------------------------------------------


def run(frameworks: str, arguments: Sequence[str]) -> int:
    environment = Environment()
    extras = extras_for(frameworks)
    provide_packages(extras)
    environment.provide(extras)
    require_qt()
    program = [str(environment.python), str(CHECKOUT / "main.py")]
    if arguments or has_display():
        return hand_over([*program, *arguments])
    say("there is no display, so no window; running the built-in example instead")
    return hand_over([*program, "example", "--picture", str(CHECKOUT / "example.png")])


def test(arguments: Sequence[str]) -> int:
    environment = Environment()
    extras = [*extras_for("both"), "dev"]
    provide_packages(extras)
    environment.provide(extras)
    require_qt()
    return hand_over([str(environment.python), "-m", "pytest", *arguments], CHECKOUT)


def hand_over(command: Sequence[str], folder: Path | None = None) -> int:
    """Run a program in the foreground until it ends by itself. Ctrl-C reaches it, not us."""
    with subprocess.Popen(command, cwd=folder) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py", description="Set Twinbench up and run it, or set it up and test it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run", help="open the window")
    runner.add_argument("--frameworks", choices=("pytorch", "tensorflow", "both"), default="both")
    commands.add_parser("test", help="run all tests and checks", add_help=False)
    if arguments[:1] == ["test"]:
        return argparse.Namespace(command="test", arguments=arguments[1:])
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parsed = parser.parse_args(arguments[:split])
    parsed.arguments = list(arguments[split + 1 :])
    return parsed


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"Twinbench needs Python {wanted} or newer; this is {platform.python_version()}.")
        return 2
    parsed = parse(arguments)
    try:
        if parsed.command == "run":
            return run(parsed.frameworks, parsed.arguments)
        return test(parsed.arguments)
    except SetupError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("interrupted; call again to go on")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
