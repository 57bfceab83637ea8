"""Pretrains the embedded organisms and writes their model cards."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from superalign import stats
from superalign.critics.oracle import Oracle
from superalign.errors import BadInput
from superalign.games import Seat, Solo
from superalign.games.solo import LEARNER
from superalign.ledger import atomic_folder
from superalign.policies.local import LocalPolicy
from superalign.policies.organisms import SHAPES
from superalign.problems import chains_corpus
from superalign.recipes.chains_arm import problems
from superalign.records import Outcome
from superalign.report.terminal import watch

TEST = 200
"""Test problems per level behind the card's accuracy."""


def pretrain_organisms(
    name: str, out: Path, *, seed: int, quiet: bool, tokens: float | None = None
) -> list[dict[str, Any]]:
    """Pretrain one organism, or `all`, into `out/NAME`; one that is there already is kept.

    `tokens` replaces the organism's own pretraining budget.

    Raises:
        BadInput: If there is no such organism or `out` cannot be written.
    """
    if name != "all" and name not in SHAPES:
        raise BadInput(f"no organism {name!r}; there are {', '.join(SHAPES)} and all")
    names = list(SHAPES) if name == "all" else [name]
    return [_one(n, out / n, seed, quiet, tokens) for n in names]


def _one(name: str, folder: Path, seed: int, quiet: bool, tokens: float | None) -> dict[str, Any]:
    from superalign.learners.pretrain import pretrain

    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with watch(plain=quiet) as progress, atomic_folder(folder) as place:
            card = pretrain(name, place, seed=seed, progress=progress, tokens=tokens)
            card |= _described(name)
            progress.begin(f"measure {name}")
            card["accuracy_by_level"] = accuracy(place)
            (place / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return {**json.loads((folder / "card.json").read_text()), "folder": str(folder)}


def _described(name: str) -> dict[str, Any]:
    """Return what the card says that does not depend on the run."""
    return {
        "architecture": {"kind": "Llama", **asdict(SHAPES[name])},
        "weights": "float16 safetensors",
        "data": {
            "world": "chains",
            "levels": list(chains_corpus.LEVELS),
            "level_weights": chains_corpus.LEVEL_WEIGHTS,
            "misled_authors_by_level": chains_corpus.MISLED,
            "slips_per_step": chains_corpus.SLIP,
            "with_distractors": chains_corpus.DISTRACTED,
            "with_shuffled_definitions": chains_corpus.SHUFFLED,
            "note": "unlabelled worked solutions by generated fallible authors; no gold",
        },
        "licence": "Apache-2.0",
        "accuracy": f"fully right (answer and every step), greedy, {TEST} plain problems a level",
    }


def accuracy(folder: Path) -> dict[str, stats.Rate]:
    """Return the greedy rate of fully right solutions by level."""
    policy = LocalPolicy(folder, temperature=0.0, max_new_tokens=220)
    test = problems(chains_corpus.LEVELS, TEST, seed=1)
    return asyncio.run(_accuracy(policy, test))


async def _accuracy(policy: LocalPolicy, test: list[Any]) -> dict[str, stats.Rate]:
    seats, oracle = {LEARNER: Seat(policy=policy)}, Oracle()
    played = await asyncio.gather(*(Solo().play(p, seats) for p in test))
    right: dict[int, list[bool]] = {}
    for (episode,) in played:
        passed = oracle.verdict(episode).outcome == Outcome.PASS
        right.setdefault(episode.problem.level or 0, []).append(passed)
    return {str(level): stats.rate(sum(x), len(x)) for level, x in right.items()}
