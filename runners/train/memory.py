"""The most memory that this process ever held, by the system's own high-water mark, and whether an error says that there was too little."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

if sys.platform == "win32":
    from ctypes import wintypes

    class _Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of psapi.h."""

        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        )

    def peak_bytes() -> int | None:
        """Resident memory at its peak; None where the system does not tell."""
        counters = _Counters()
        counters.cb = ctypes.sizeof(counters)
        current = ctypes.windll.kernel32.GetCurrentProcess
        current.restype = wintypes.HANDLE
        ask = ctypes.windll.kernel32.K32GetProcessMemoryInfo
        ask.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
        told = ask(current(), ctypes.byref(counters), counters.cb)
        return int(counters.PeakWorkingSetSize) if told else None

elif sys.platform == "linux":

    def peak_bytes() -> int | None:
        """Resident memory at its peak; None where the system does not tell."""
        # getrusage would count what the process that started this one held at that moment.
        try:
            text = Path("/proc/self/status").read_text("ascii", "replace")
            line = next(line for line in text.splitlines() if line.startswith("VmHWM:"))
            return int(line.split()[1]) * 1024
        except (OSError, StopIteration, ValueError, IndexError):
            return None

else:
    import resource

    def peak_bytes() -> int | None:
        """Resident memory at its peak; None where the system does not tell."""
        told = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return told if sys.platform == "darwin" else told * 1024


def is_out_of_memory(error: Exception) -> bool:
    """By name, since no framework can be imported here to ask for its class."""
    names = {cls.__name__ for cls in type(error).__mro__}
    text = str(error).lower()
    return bool(names & {"MemoryError", "OutOfMemoryError", "ResourceExhaustedError"}) or any(
        words in text for words in ("out of memory", "can't allocate memory", "status_alloc_failed")
    )
