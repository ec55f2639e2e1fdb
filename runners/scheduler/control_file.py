"""The control file of a run, by which its trainer hears what is asked of it."""

from __future__ import annotations

import logging

from runners.protocol import Request, RunFolder
from runners.scheduler.every import Every

logger = logging.getLogger(__name__)

_CHECK_S = 1.0


class ControlFile:
    """Keeps the file as the request says, also where a write failed or somebody took the file away."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._wanted: Request | None = None
        self._check = Every(_CHECK_S)

    def keep(self, request: Request | None, now: float) -> None:
        """Write what is not there yet; ``now`` is of the monotonic clock. A trainer that is killed need not hear of it."""
        if request is Request.KILL or (request is self._wanted and not self._check.due(now)):
            return
        self._wanted = request
        try:
            if self._folder.read_request() is not request:
                self._folder.write_request(request)
        except OSError as error:
            logger.warning("%s could not be written: %s", self._folder.control, error)
