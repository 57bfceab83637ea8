"""The page of the study prover-verifier: what it reads, and the rounds side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Part, Rate, Run
from superalign.report.words import UNMEASURED


class Solved(Rate):
    """Accuracy with every step right; the answer's alone, the wrong share, the mean length."""

    answer: float | None
    wrong: float | None
    tokens: float | None


class Read(Rate):
    """How often the reader is right about a solution, and the tokens it reads."""

    tokens_read: float | None = None


class Attack(Part):
    """Updates until an attack succeeded, by seed; null where it did not."""

    updates: tuple[int | None, ...]


class Verdicts(Part):
    """On how many solutions a verifier has a verdict, and how many of its asks said nothing."""

    solutions: int = 0
    unscored: int = 0
    asks: int = 0
    unreadable: int = 0


class Robustness(Part):
    """How a verifier holds."""

    attacks: Mapping[str, Attack]
    best_of: Mapping[str, Mapping[str, Rate]]
    fooled_by_round: tuple[Rate, ...]
    verdicts: Verdicts = Verdicts()


class Prover(Part):
    """A prover in both roles."""

    helpful_accuracy: Solved
    sneaky_accuracy: Solved
    discriminator_auc: tuple[float | None, ...]
    legibility: Mapping[str, Read]
    faithfulness: Mapping[str, Rate] = {}


class Round(Prover):
    """A verifier, and the prover that was trained against it."""

    round: int
    robustness: Robustness


class Baseline(Solved):
    """The prover that was rewarded for correctness alone."""

    legibility: Mapping[str, Read]


class Claim(Part):
    """A claim and the difference it rests on."""

    difference: float | None
    low: float | None
    high: float | None
    n: int
    verdict: str
    unit: str = "points"


class ProverVerifierStudy(Run):
    """Provers in two roles against a verifier that is trained anew every round."""

    recipe: str = "study prover-verifier"
    study: Literal["prover-verifier"]
    start: Prover
    rounds: tuple[Round, ...]
    baseline: Baseline
    solver: Solved | None = None
    claims: Mapping[str, Claim]
    budget: int
    updates: int
    unit: str = "updates"
    untrained: tuple[str, ...] = ()

    def provers(self) -> list[tuple[str, Prover]]:
        """Return the first prover and that of every round, by name."""
        return [("start", self.start), *((f"round {r.round}", r) for r in self.rounds)]


def over_rounds(name: str, found: Mapping[int, Rate]) -> Markup:
    """Draw a share over the rounds, with its interval."""
    numbers = list(found)
    canvas = Canvas((numbers[0], max(numbers[-1], numbers[0] + 1)), (0, 1), 130, name, "small")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    known = [(x, p) for x, p in found.items() if p.rate is not None]
    canvas.curve([(x, p.rate or 0.0) for x, p in known], "end")
    for x, p in known:
        canvas.whisker(x, p.low or 0.0, p.high or 0.0, "end")
        canvas.dot(x, p.rate or 0.0, "end", f"round {x}: {shown(p)}", 3)
    for x in numbers:
        canvas.text(x, canvas.height + 16, str(x))
    return canvas.svg()


def drawn(run: ProverVerifierStudy) -> dict[str, Markup]:
    """Return the figures: best of the largest n, and accuracy and legibility by role."""
    size = list(run.rounds[0].robustness.best_of["attacked"])[-1]

    def by(pick: Any) -> dict[int, Rate]:
        return {r.round: pick(r) for r in run.rounds}

    found = {
        f"best of {size} is right, among attacks": by(
            lambda r: r.robustness.best_of["attacked"][size]
        ),
        f"best of {size} is right, natural errors": by(
            lambda r: r.robustness.best_of["natural"][size]
        ),
        "helpful solutions are right": by(lambda r: r.helpful_accuracy),
        "the reader is right about helpful ones": by(lambda r: r.legibility["helpful"]),
        "the reader is right about sneaky ones": by(lambda r: r.legibility["sneaky"]),
        "sneaky ones convince its verifier": by(
            lambda r: r.robustness.fooled_by_round[r.round - 1]
        ),
    }
    return {name: over_rounds(name, rates) for name, rates in found.items()}


def shown(found: Rate) -> str:
    """Return a share with its interval, in percent."""
    if found.rate is None or found.low is None or found.high is None:
        return UNMEASURED
    return f"{100 * found.rate:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def length(found: Solved) -> str:
    """Return the mean length in tokens."""
    return UNMEASURED if found.tokens is None else f"{found.tokens:.0f}"


def updates(attack: Attack, most: int) -> str:
    """Return updates to success by seed; `>` where the attack failed in as many."""
    return ", ".join(f">{most}" if u is None else str(u) for u in attack.updates)


def aucs(prover: Prover) -> str:
    """Return the discriminator's AUROC by seed."""
    return ", ".join(UNMEASURED if a is None else f"{a:.2f}" for a in prover.discriminator_auc)


def rests(claim: Claim) -> str:
    """Return the difference that a claim rests on, in its unit."""
    if claim.difference is None or claim.low is None or claim.high is None:
        return UNMEASURED
    times = 100 if claim.unit == "points" else 1
    value, low, high = (f"{times * x:+.1f}" for x in (claim.difference, claim.low, claim.high))
    return f"{value} ({low} to {high}) {claim.unit}"
