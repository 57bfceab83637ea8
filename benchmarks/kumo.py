"""KUMO's optimum in compiled code against the plain published recursion, and drawing many tasks.

The plain side works on sets and lists as `tests/kumo_reference.py` has them. Tasks are those of
`--data`, a folder with the published ones, or fresh ones of invented domains; the hard tasks are
the first of each domain whose optimum is above zero, and are solved once. Seconds of drawing are
CPU seconds of the last tenth over those of the first: 1 is no slowdown.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

from paired import options, ratios, seconds, spread, tell
from superalign.problems.kumo.generate import SAMPLERS, Size, generate
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.oracle import optimum
from superalign.problems.kumo.published import read_library
from superalign.problems.kumo.task import Task

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from kumo_reference import value as plain

EASY, HARD = Size(truths=4, actions=6), Size(truths=12, actions=16)
EASY_TARGET, HARD_TARGET = 20.0, 100.0


def main() -> None:
    parser = options(__doc__ or "", rounds=3)
    parser.add_argument("--data", type=Path, help="folder of the published tasks")
    parser.add_argument("--hard", type=int, default=20, help="hard tasks, solved plainly once")
    parser.add_argument("--drawn", type=int, default=100_000, help="tasks drawn by each sampler")
    given = parser.parse_args()
    easy, hard = tasks(given.data, given.hard)
    solving_easy(easy, given.rounds)
    drawing(given.drawn)
    if hard:
        solving_hard(hard)


def tasks(data: Path | None, n: int) -> tuple[list[Task], list[Task]]:
    """Return the easy tasks and `n` hard ones, domains in turn."""
    if data is None:
        easy, hard = (
            [t for i in range(4) for t in islice(generate(invented(i), size, seed=0), 100)]
            for size in (EASY, HARD)
        )
    else:
        every = read_library(data).tasks
        easy = [t for t in every if t.setting == "4x6"]
        hard = [t for t in every if t.setting == "12x16"]
    worth = (t for t in sorted(hard, key=lambda t: (t.seed, t.domain.name)) if optimum(t) > 0)
    return easy, list(islice(worth, n))


def solving_easy(easy: list[Task], rounds: int) -> None:
    """Solve by both; masks of a task are made anew each time, as a first solution has to."""
    found: dict[str, list[float]] = {}

    def plainly() -> None:
        found["plain"] = [plain(t) for t in easy]

    def compiled() -> None:
        found["compiled"] = [solved(t) for t in easy]

    slow, fast, ratio = ratios(plainly, compiled, rounds=rounds)
    pairs = zip(found["plain"], found["compiled"], strict=True)
    tell(
        "kumo_easy",
        tasks=len(easy),
        ratio=spread(ratio),
        target=EASY_TARGET,
        largest_difference=max(abs(a - b) for a, b in pairs),
        microseconds=spread([1e6 * x / len(easy) for x in fast]),
        plain_microseconds=spread([1e6 * x / len(easy) for x in slow]),
        rounds=rounds,
    )


def solving_hard(hard: list[Task]) -> None:
    """Solve each once by both."""
    slow, fast, off = [], [], []
    for task in hard:
        values: list[float] = []
        fast.append(seconds(lambda task=task, kept=values: kept.append(solved(task))))
        slow.append(seconds(lambda task=task, kept=values: kept.append(plain(task))))
        off.append(abs(values[0] - values[1]))
    tell(
        "kumo_hard",
        tasks=len(hard),
        ratio=spread([a / b for a, b in zip(slow, fast, strict=True)]),
        ratio_of_sums=round(sum(slow) / sum(fast), 1),
        target=HARD_TARGET,
        largest_difference=max(off),
        seconds=spread(fast),
        plain_seconds=spread(slow),
    )


def solved(task: Task) -> float:
    """Return the optimum of a task as if it were met for the first time."""
    task.__dict__.pop("kills", None)
    return optimum(task)


def drawing(n: int) -> None:
    """Draw `n` tasks by each sampler."""
    for sampler in SAMPLERS:
        stream = generate(invented(0), EASY, seed=0, sampler=sampler)
        tenths = [
            seconds(lambda: [t.broken for t in islice(stream, n // 10)])  # noqa: B023 - runs at once
            for _ in range(10)
        ]
        tell(
            "kumo_drawing",
            sampler=sampler,
            n=n,
            milliseconds_a_task=round(1e3 * sum(tenths) / n, 3),
            last_tenth_over_first=round(tenths[-1] / tenths[0], 2),
        )


if __name__ == "__main__":
    main()
