"""Opens a run as the answering process does, and says how far its gradients are from differences, and its predictions from its answers.

python -m tests.runners.export.answering.frameworks RUN_FOLDER DATASETS
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from runners.export.answering.opening import open_subject


def main(run: Path, datasets: Path) -> None:
    subject = open_subject(run, datasets, "", lambda _text, _fraction: None)
    assert subject.gradient is not None
    x, _ = subject.samples([5])
    gradient = subject.gradient(x, 3)[0]
    step, apart = 1e-2, 0.0
    for place in ((2, 2, 0), (3, 5, 0), (6, 4, 0)):
        moved = np.repeat(x, 2, 0)
        moved[0][place] += step
        moved[1][place] -= step
        up, down = subject.predict(moved)[:, 3]
        apart = max(apart, abs((up - down) / (2 * step) - gradient[place]))
    told = {"apart": float(apart), "largest": float(np.abs(gradient).max())}
    print(json.dumps({**told, "facts": subject.facts.plain()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
