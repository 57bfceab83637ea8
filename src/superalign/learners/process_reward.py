"""Trains the process reward model on solutions whose steps people have checked.

Beside the labelled solutions it learns from *tampered* copies of those that people approved: one
character is changed, so the line it stands in is wrong and those before it are right (what follows
is left out). Tampering costs no label and shows the critic errors the learner rarely makes on easy
problems. Method: token-level step labels as in Sun et al. 2024 (arXiv 2403.09472, section 3.2);
tampering as in McAleese et al. 2024 (arXiv 2407.00215).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, digits

from superalign.ledger import atomic_folder
from superalign.learners.losses import step_labels
from superalign.learners.optimise import Row, Schedule, epochs, optimise
from superalign.learners.rows import step_row
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Episode, digest


@dataclass(frozen=True, slots=True)
class Labelled:
    """An episode with one label per line of its final reply."""

    episode: Episode
    steps: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRewardTraining:
    """How to train the critic."""

    lr: float = 1e-3
    steps: int = 600
    tokens_per_batch: int = 6144
    tampered: int = 4
    """Tampered copies per approved solution."""

    def train(
        self,
        policy: LocalPolicy,
        labelled: Sequence[Labelled],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the new checkpoint's folder."""
        name = digest("process-reward", policy.id, str(self), seed, [_key(x) for x in labelled])
        target = folder / f"critic-{name}"
        if target.is_dir():
            return target
        model = load_model(
            policy.folder, "AutoModelForTokenClassification", num_labels=1, classifier_dropout=0.0
        )
        rows = self.rows(policy, labelled, random.Random(seed))
        schedule = Schedule(lr=self.lr, steps=self.steps)
        batches = epochs(rows, self.tokens_per_batch, seed)
        optimise(model, batches, step_labels, schedule, progress)
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    def rows(
        self, policy: LocalPolicy, labelled: Sequence[Labelled], rng: random.Random
    ) -> list[Row]:
        """Return the labelled solutions and the tampered copies as training rows."""
        rows = []
        for item in labelled:
            seen, text = item.episode.moves[-1].seen, item.episode.final.text
            rows.append(step_row(policy, seen, text, dict(enumerate(item.steps))))
            for _ in range(self.tampered if all(item.steps) else 0):
                changed, at = tamper(text, rng)
                line = text.count("\n", 0, at)
                labels = {i: i < line for i in range(line + 1)}
                rows.append(step_row(policy, seen, changed, labels, at=at))
        return rows


def tamper(text: str, rng: random.Random) -> tuple[str, int]:
    """Change one letter or digit of `text` into another of its kind; return it and the place.

    Raises:
        ValueError: If `text` has neither letters nor digits.
    """
    places = [i for i, c in enumerate(text) if c.isalnum() and c.isascii()]
    if not places:
        raise ValueError(f"nothing to tamper with in {text!r}")
    place = rng.choice(places)
    alphabet = digits if text[place].isdigit() else ascii_lowercase
    other = rng.choice([c for c in alphabet if c != text[place].lower()])
    return text[:place] + other + text[place + 1 :], place


def _key(item: Labelled) -> list[object]:
    return [item.episode.id, list(item.steps)]
