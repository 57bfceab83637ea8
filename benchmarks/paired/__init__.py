"""Two ways to do the same work, timed in turns on one thread, and told as one JSON line.

Seconds are CPU seconds of this process, all its threads together: other work on the machine slows
both sides, but is not counted on either.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}


def options(description: str, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--organism", default="chains-800k", help="name or checkpoint folder")
    parser.add_argument("--rounds", type=int, default=rounds, help="measured rounds")
    return parser


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that `work` takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def ratios(
    slow: Callable[[], object], fast: Callable[[], object], *, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    """Return seconds of both, and slow / fast, per round; who goes first alternates.

    One round before the first is not measured.
    """
    both: list[tuple[float, float]] = []
    for i in range(rounds + 1):
        if i % 2:
            second = seconds(fast)
            both.append((seconds(slow), second))
        else:
            both.append((seconds(slow), seconds(fast)))
    measured = both[1:]
    return [a for a, _ in measured], [b for _, b in measured], [a / b for a, b in measured]


def spread(values: list[float]) -> dict[str, float]:
    """Return median and range."""
    found = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    return {name: round(value, 4) for name, value in found.items()}


def tell(name: str, **found: Any) -> None:
    """Print what was found as one JSON line."""
    print(json.dumps({"benchmark": name, **found}))
