"""The learning rate at each step, the same for every framework."""

from __future__ import annotations

import math


def learning_rate(
    schedule: str, base: float, step: int, total_steps: int, warmup: float = 0.0
) -> float:
    """The rate for the step that follows ``step`` steps, of ``total_steps``.

    ``cosine`` falls to zero along half a cosine (Loshchilov and Hutter 2017, without restarts);
    ``linear`` falls to zero along a line;
    ``step`` is a tenth of the base after half of the steps and a hundredth after three quarters. Over the first ``warmup`` share of all steps the rate rises along a line to
    its base, and the schedule begins after that.
    """
    rising = warmup * total_steps
    if step < rising:
        return base * (step + 1) / (rising + 1)
    done = (step - rising) / (total_steps - rising)
    if schedule == "cosine":
        return base * 0.5 * (1.0 + math.cos(math.pi * done))
    if schedule == "linear":
        return base * (1.0 - done)
    if schedule == "step":
        return base * (1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01)
    return base
