"""Trains the process reward model on solutions whose steps people have checked.

The model is the learner's own language model, asked of every line how likely it is after what
stands before: the chance that a line is right is sigma(a * log p(line) + b). Training on labelled
lines with binary cross-entropy moves the language model, a and b together. It starts from what the
language model knows about what follows from what, where a fresh classification head starts from
nothing; that a policy's likelihoods can be trained as process rewards is from Yuan et al. 2024
(arXiv 2412.01981).

Two ways to learn more from the same labels, neither of which costs one:

- *Tampering* (McAleese et al. 2024, arXiv 2407.00215): of a solution that people approved, one
  character is changed; the line it stands in is wrong, those before it are right, and what follows
  is left out. And every such solution is cut short once: the line it then ends on is wrong.
- *Composing*: labelled easy solutions are put one after another into one long text, so that the
  critic has seen labels in texts as long as those of the problems that nobody labels.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any

import torch

from superalign.errors import BadInput
from superalign.learners.losses import line_labels
from superalign.learners.optimise import Row, Schedule, epochs, optimise
from superalign.learners.rows import line_row
from superalign.ledger import atomic_folder
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.policies.step_scores import UNTRAINED
from superalign.progress import Progress
from superalign.records import Episode, Message, digest


@dataclass(frozen=True, slots=True)
class Labelled:
    """A solution and labels of its lines."""

    seen: tuple[Message, ...]
    """What the solution is to."""
    solution: str
    steps: tuple[bool, ...]
    """The first lines may have labels alone; the others are not learnt from."""
    right: bool | None = None
    """Whether its final answer is right; None where nobody said."""

    @classmethod
    def of(cls, episode: Episode, steps: Sequence[float]) -> Labelled:
        """Take an episode's final reply and people's 0/1 score of each line."""
        said = episode.moves[-1]
        return cls(said.seen, said.reply.text, tuple(s > 0.5 for s in steps))


Compose = Callable[[Sequence[Labelled], random.Random], Labelled | None]
"""Puts labelled solutions one after another; None where they do not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRewardTraining:
    """How to train the critic."""

    lr: float = 5e-4
    steps: int = 200
    tokens_per_batch: int = 6144
    tampered: int = 3
    """Tampered copies per approved solution."""
    composed: int = 0
    """Composed solutions per labelled one."""
    compose: Compose | None = None

    def train(
        self,
        policy: LocalPolicy,
        labelled: Sequence[Labelled],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the new checkpoint's folder.

        Raises:
            BadInput: If there is nothing to train on.
        """
        if not labelled:
            raise BadInput("the critic has no labelled solution to train on")
        shown = self.shown(labelled, random.Random(seed))
        settings = [UNTRAINED, self.lr, self.steps, self.tokens_per_batch, seed]
        content = [[x.seen, x.solution, x.steps] for x in shown]
        target = folder / f"critic-{digest(policy.id, settings, content)}"
        if target.is_dir():
            return target
        model = scaled(policy.folder)
        rows = rows_of(policy, shown)
        schedule = Schedule(lr=self.lr, steps=self.steps)
        optimise(model, epochs(rows, self.tokens_per_batch, seed), line_labels, schedule, progress)
        settled(model)
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    def shown(self, labelled: Sequence[Labelled], rng: random.Random) -> list[Labelled]:
        """Return the labelled, composed, cut-short and tampered solutions, all that is learnt."""
        whole = [*labelled, *self._composed(labelled, rng)]
        return [*whole, *(copy for item in whole for copy in self._spoilt(item, rng))]

    def _spoilt(self, item: Labelled, rng: random.Random) -> Iterator[Labelled]:
        """Yield copies of an approved solution whose last labelled line is made wrong."""
        if not (self.tampered and all(item.steps) and _places(item.solution)):
            return
        if "\n" in item.solution:
            kept = cut_short(item.solution, rng)
            yield Labelled(item.seen, kept, (True,) * kept.count("\n") + (False,))
        for _ in range(self.tampered):
            changed, at = tamper(item.solution, rng)
            line = item.solution.count("\n", 0, at)
            yield Labelled(item.seen, changed, (True,) * line + (False,))

    def _composed(self, labelled: Sequence[Labelled], rng: random.Random) -> list[Labelled]:
        if self.compose is None:
            return []
        return compositions(labelled, self.compose, self.composed * len(labelled), rng)


def compositions(
    labelled: Sequence[Labelled], compose: Compose, n: int, rng: random.Random
) -> list[Labelled]:
    """Return up to `n` compositions of two to five labelled solutions each."""
    drawn = [rng.choices(labelled, k=rng.randint(2, 5)) for _ in range(n)]
    return [made for parts in drawn if (made := compose(parts, rng)) is not None]


def rows_of(policy: LocalPolicy, shown: Sequence[Labelled]) -> list[Row]:
    """Return labelled solutions as training rows."""
    return [line_row(policy, x.seen, x.solution, dict(enumerate(x.steps))) for x in shown]


def scaled(folder: Path) -> Any:
    """Return a checkpoint's language model with a slope and an offset to train beside it."""
    model = load_model(folder)
    scale = torch.nn.Parameter(torch.tensor(UNTRAINED, device=model.device))
    model.register_parameter("line_scale", scale)
    return model


def settled(model: Any) -> None:
    """Make it an ordinary language model again, slope and offset in its configuration."""
    model.config.line_scale = [float(x) for x in model.line_scale.detach()]
    del model.line_scale


def tamper(text: str, rng: random.Random) -> tuple[str, int]:
    """Change one letter or digit of `text` into another of its kind; return it and the place.

    Raises:
        ValueError: If `text` has neither letters nor digits.
    """
    places = _places(text)
    if not places:
        raise ValueError(f"nothing to tamper with in {text!r}")
    place = rng.choice(places)
    alphabet = digits if text[place].isdigit() else ascii_lowercase
    other = rng.choice([c for c in alphabet if c != text[place].lower()])
    return text[:place] + other + text[place + 1 :], place


def cut_short(text: str, rng: random.Random) -> str:
    """Return the first lines of `text`, at least one and not all.

    Raises:
        ValueError: If `text` is a single line.
    """
    lines = text.split("\n")
    if len(lines) < 2:
        raise ValueError(f"nothing to cut from {text!r}")
    return "\n".join(lines[: rng.randrange(1, len(lines))])


def _places(text: str) -> list[int]:
    """Return where `text` has letters and digits; a reply approved by mistake may have none."""
    return [i for i, c in enumerate(text) if c.isalnum() and c.isascii()]
