"""The prompts of a guard run, by what each may be used for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from superalign.attackers.rewrite import wrapped
from superalign.attackers.wrappers import Side, holding_out, split
from superalign.errors import BadInput
from superalign.problems.parts import Parts, divide
from superalign.problems.prompts import SEEDS, Prompt, read_prompts, seed_prompts
from superalign.recipes.guard.config import GuardConfig
from superalign.records import Problem, digest, seed_of


@dataclass(frozen=True, slots=True)
class Trial:
    """A text to show to a guard, and whom it comes from."""

    text: str
    parent: str
    """The plain prompt: trials of one parent are not independent."""
    family: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """Prompts in parts and wrapper families on sides."""

    parts: Parts
    seen: Side
    held_out: Side
    attacked: frozenset[str]
    """Sources of the harmful prompts that the guard is measured on."""
    notices: tuple[str, ...]
    """Lines that the run must say about its data."""

    @property
    def id(self) -> str:
        """Names the content: texts, labels, parts and sides."""
        parts = (self.parts.train, self.parts.validation, self.parts.test)
        rows = [[[p.text, p.harmful, p.source] for p in part] for part in parts]
        return digest(rows, self.seen.names, self.held_out.names)

    def labels(self) -> dict[str, bool]:
        """Return the label by problem id of everything that may train."""
        return {p.problem.id: p.harmful for p in self.parts.train}

    def training(self, *, harmful: bool | None = None) -> list[Problem]:
        """Return the plain prompts that may train, of one label or of both."""
        return [p.problem for p in self.parts.train if harmful in (None, p.harmful)]

    def validation(self, *, harmful: bool) -> list[Prompt]:
        """Return the validation prompts of a label; safe ones are the user's alone."""
        found = [p for p in self.parts.validation if p.harmful == harmful]
        return [p for p in found if harmful or p.source != SEEDS]

    def test(self, *, harmful: bool, contrast: bool = False) -> list[Prompt]:
        """Return the test prompts of a label; `contrast` are harmful ones beside the benign."""
        found = [p for p in self.parts.test if p.harmful == harmful]
        return [p for p in found if not harmful or (p.source in self.attacked) != contrast]


def plain(prompts: Sequence[Prompt]) -> list[Trial]:
    """Return the prompts as they are."""
    return [Trial(p.text, p.text, source=p.source) for p in prompts]


def disguised(prompts: Sequence[Prompt], side: Side, *, trials: int, seed: int) -> list[Trial]:
    """Return about `trials` disguises: equally many of each prompt, its families in turn.

    No prompt is left out, and each meets the families in a random order of its own.
    """
    times = max(1, round(trials / len(prompts)))
    rng = random.Random(seed_of(seed, "trials", side.names))
    found: list[Trial] = []
    for prompt in prompts:
        turns = rng.sample(side.names, len(side.names))
        for family in islice(cycle(turns), times):
            text = wrapped(prompt.problem, side, family, rng.getrandbits(62)).prompt
            found.append(Trial(text, prompt.text, family, prompt.source))
    return found


def gather(config: GuardConfig) -> Pool:
    """Read and divide the prompts, and split the wrapper families.

    Raises:
        BadInput: If a file cannot be used, a held-out family is unknown, or a part is empty.
    """
    harmful, benign = (
        [p for path in paths for p in _read(path, label, config)]
        for paths, label in ((config.data, True), (config.benign, False))
    )
    try:
        seen, held_out = holding_out(config.held_out) if config.held_out else split(config.seed)
    except ValueError as error:
        raise BadInput(str(error)) from error
    parts = divide([*harmful, *benign, *seed_prompts(config.seed)], seed=config.seed)
    attacked = frozenset(p.source for p in harmful)
    pool = Pool(parts, seen, held_out, attacked, _notices([*harmful, *benign], parts))
    _enough(pool, config)
    return pool


def _read(path: str, harmful: bool, config: GuardConfig) -> list[Prompt]:
    column, format = config.prompt_column, config.format
    return read_prompts(Path(path), harmful=harmful, column=column, format=format)


def _notices(prompts: Sequence[Prompt], parts: Parts) -> tuple[str, ...]:
    known = Counter((p.source, p.recognised) for p in prompts if p.recognised)
    closed = sorted({p.source for p in prompts if p.evaluation_only})
    lines = [f"{source}: read as {name}: {n} prompts" for (source, name), n in known.items()]
    lines += [f"{s}: for evaluation only by its SOURCE.txt; measures, never trains" for s in closed]
    if parts.left_out:
        lines.append(f"{parts.left_out} training prompts left out: too like an evaluation-only row")
    return tuple(lines)


def _enough(pool: Pool, config: GuardConfig) -> None:
    needed = {
        "no safe prompt to test over-refusal on": pool.test(harmful=False),
        "no safe prompt to set the threshold on": pool.validation(harmful=False),
        "no harmful prompt to test on": pool.test(harmful=True),
    }
    for lack, found in needed.items():
        if not found:
            paths = ", ".join([*config.data, *config.benign])
            raise BadInput(f"{paths}: too few prompts: {lack}")
