"""What composing and tampering give the critic: AUROC by level, from the same labels.

    python benchmarks/critic_training.py --labels 800 --steps 150 --seed 0

Prints one JSON line per variant. The critic sees labels of levels 1 to 3 alone; gold judges it on
fresh solutions of every level.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from superalign import stats
from superalign.critics.oracle import Oracle
from superalign.critics.process_reward import ProcessReward
from superalign.games import Seat, Solo
from superalign.games.solo import LEARNER
from superalign.learners.labelled import Labelled
from superalign.learners.process_reward import ProcessRewardTraining
from superalign.policies.local import LocalPolicy
from superalign.problems.chains import EASY
from superalign.recipes.chains.arm import AXES, draw, problems
from superalign.recipes.chains.critic import compose
from superalign.records import Episode, Outcome, Problem

VARIANTS = {
    "labels alone": {"composed": 0, "tampered": 0},
    "tampered": {"composed": 0, "tampered": 3},
    "composed": {"composed": 2, "tampered": 0},
    "composed and tampered": {"composed": 2, "tampered": 3},
}
FRESH = 30
"""Fresh problems per level, eight solutions each."""


async def play(policy: LocalPolicy, asked: list[Problem], *, n: int, seed: int) -> list[Episode]:
    seats = {LEARNER: Seat(policy=policy)}
    played = await asyncio.gather(*(Solo().play(p, seats, n=n, seed=seed) for p in asked))
    return [e for group in played for e in group if e.final.stop == "end"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=800)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    policy, gold = LocalPolicy("chains-800k", max_new_tokens=220), Oracle()
    rng = random.Random(options.seed)
    asked = [
        draw(rng.choice(EASY), rng.choice(list(AXES)), rng) for _ in range(options.labels // 2)
    ]
    seen = asyncio.run(play(policy, asked, n=2, seed=options.seed))
    labelled = [Labelled.of(e, gold.verdict(e).steps) for e in seen]
    fresh = problems(range(1, 9), FRESH, seed=options.seed + 1)
    test = asyncio.run(play(policy, fresh, n=8, seed=options.seed + 1))
    right = [gold.verdict(e).outcome == Outcome.PASS for e in test]
    for name, fields in VARIANTS.items():
        training = ProcessRewardTraining(steps=options.steps, compose=compose, **fields)
        with TemporaryDirectory() as folder:
            trained = training.train(policy, labelled, Path(folder), seed=options.seed)
            verdicts = asyncio.run(ProcessReward(trained, policy).judge(test))
        found = {}
        for level in range(1, 9):
            at = [i for i, e in enumerate(test) if e.problem.level == level]
            score = stats.auroc([verdicts[i].confidence for i in at], [right[i] for i in at])
            found[str(level)] = None if score is None else round(score, 3)
        print(json.dumps({"variant": name, **vars(options), "auroc_by_level": found}), flush=True)


if __name__ == "__main__":
    main()
