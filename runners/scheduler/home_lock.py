"""Who is the one scheduler of a home.

The lock is the kernel's, on an open file: it is gone when its process is, however that ended, and the file that stays behind
means nothing. So no pid is compared, and none can be taken for another.
"""

from __future__ import annotations

from filelock import FileLock, Timeout

from storage.home import Home
from storage.identity import Identity, file_identity


class HomeLock:
    def __init__(self, home: Home) -> None:
        self._path = home.scheduler_lock
        self._lock = FileLock(self._path)
        self._identity: Identity | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process has it. Raises OSError."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._identity = file_identity(self._path)
        return True

    def release(self) -> None:
        self._lock.release(force=True)

    def keep(self) -> bool:
        """Whether the lock is still ours, or is again.

        A lock on a file that was deleted or moved away keeps nobody out; then it is taken anew on the file that others would lock.
        Where there can be none, for the home is gone or cannot be written, nobody else has it either.
        """
        try:
            if self._lock.is_locked and file_identity(self._path) == self._identity:
                return True
            if not self._path.parent.is_dir():  # which taking the lock would make anew
                return True
            self.release()
            return self.acquire()
        except OSError:
            return True
