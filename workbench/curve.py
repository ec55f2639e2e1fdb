"""One metric of one run in memory: every point, and a pyramid of minima and maxima to draw it from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.store import Series


class Curve:
    """Grows as points arrive; amortised constant cost a point."""

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def __len__(self) -> int: ...
    def extend(self, series: Series) -> None: ...
