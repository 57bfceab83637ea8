"""Choosing among 1,024 samples of each of 1,000 problems, by every rule, and curves over N."""

from __future__ import annotations

import argparse
import statistics

import numpy as np

from paired import seconds, tell
from superalign.measures.subsets import SUBSETS, chances, sizes
from superalign.measures.voting import RULES, Pool

PROBLEMS, SAMPLES = 1000, 1024
TARGET = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds of voting")
    parser.add_argument("--curves", action="store_true", help="also time the curves, once")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    groups = np.minimum(rng.zipf(1.5, (PROBLEMS, SAMPLES)), SAMPLES) - 2
    pool, truth = Pool(groups, rng.random(groups.shape)), groups == 0

    def vote() -> None:
        for rule in RULES:
            pool.hits(rule, truth)

    def curve(rule: str) -> float:
        return seconds(lambda: chances(pool, rule, truth, sizes(SAMPLES), seed=0))  # type: ignore[arg-type]  # a name from RULES

    found = [seconds(vote) for _ in range(given.rounds)]
    tell(
        "voting",
        seconds=round(statistics.median(found), 4),
        target=TARGET,
        rounds=given.rounds,
        problems=PROBLEMS,
        samples=SAMPLES,
        rules=RULES,
        curves={r: round(curve(r), 2) for r in RULES} if given.curves else None,
        subsets=SUBSETS,
    )


if __name__ == "__main__":
    main()
