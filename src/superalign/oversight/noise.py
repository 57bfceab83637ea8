"""How often labels are wrong: flip rates by group, and the errors of several annotators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CAP, DROP = 0.45, 0.4
"""The largest flip rate a loss is given, and the expected one above which a group is dropped."""


@dataclass(frozen=True, slots=True)
class FlipRate:
    """How often the critic's label is the wrong way round in one group of pairs."""

    mean: float
    """Expected rate, given the audit."""
    upper: float
    """Upper credible bound, at most `CAP`: what a loss should assume."""
    n: int
    """Pairs audited."""
    dropped: bool
    """Whether the labels are too poor to learn from: judge again, or leave out."""

    @property
    def weight(self) -> float:
        """What a label of this group is worth against a clean one, 1 - 2 * upper."""
        return 1 - 2 * self.upper


def flip_rates(
    groups: Sequence[str],
    flipped: Sequence[bool],
    *,
    prior: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
    known: Sequence[str] = (),
) -> dict[str, FlipRate]:
    """Return the posterior of the flip rate by group, Beta(a + flips, b + agreements).

    Args:
        groups: The group of each audited pair, for instance confidence bin x category.
        flipped: Whether people prefer the other one.
        prior: (a, b) of the Beta prior.
        level: Of the one-sided credible bound.
        known: Further groups, of which nothing was audited: the prior is all there is, and the
            default one drops them.
    """
    from scipy.stats import beta

    total = Counter(dict.fromkeys(known, 0))
    wrong: Counter[str] = Counter()
    for group, flip in zip(groups, flipped, strict=True):
        total[group] += 1
        wrong[group] += bool(flip)
    found = {}
    for group, n in sorted(total.items()):
        a, b = prior[0] + wrong[group], prior[1] + n - wrong[group]
        mean, upper = a / (a + b), float(beta.ppf(level, a, b))
        found[group] = FlipRate(mean, min(upper, CAP), n, mean > DROP)
    return found


@dataclass(frozen=True, slots=True)
class Annotators:
    """What Dawid and Skene's model makes of the labels."""

    chances: Mapping[Hashable, Floats]
    """By item, the posterior of its true class; shape (classes,)."""
    confusion: Mapping[Hashable, Floats]
    """By annotator, P(label | true class); shape (true class, label)."""
    prior: Floats
    """Share of each class; shape (classes,)."""
    rounds: int
    converged: bool


def dawid_skene(
    labels: Sequence[tuple[Hashable, Hashable, int]],
    classes: int = 2,
    *,
    smoothing: float = 0.1,
    rounds: int = 200,
    tolerance: float = 1e-6,
) -> Annotators:
    """Estimate true classes and annotators' confusion together, by expectation maximisation.

    Dawid and Skene (1979), eq. 2.3 to 2.5, started at the share of votes. Annotators must err
    independently given the truth and, on the whole, be better than chance: labels alone cannot
    tell a world of good annotators from one of liars with the classes renamed.

    Args:
        labels: (item, annotator, class in [0, classes)); any number per item.
        classes: How many there are.
        smoothing: Labels added to every cell of every confusion matrix.
        rounds: At most so many.
        tolerance: Largest change of a posterior at which it stops.

    Raises:
        ValueError: If there is no label, or one names no class.
    """
    if not labels or not all(0 <= c < classes for _, _, c in labels):
        raise ValueError(f"labels must be there and lie in 0..{classes - 1}")
    items, item = _codes([i for i, _, _ in labels])
    people, person = _codes([a for _, a, _ in labels])
    label = np.array([c for _, _, c in labels])
    chances = np.zeros((len(items), classes))
    np.add.at(chances, (item, label), 1.0)
    chances /= chances.sum(1, keepdims=True)
    change, done = np.inf, 0
    while change > tolerance and done < rounds:
        prior, confusion = _maximise(chances, (item, person, label), len(people), smoothing)
        again = _expect(prior, confusion, (item, person, label), len(items))
        change, chances, done = float(np.abs(again - chances).max()), again, done + 1
    by_item = dict(zip(items, chances, strict=True))
    return Annotators(
        by_item, dict(zip(people, confusion, strict=True)), prior, done, change <= tolerance
    )


_Codes = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]
"""Item, annotator and class of each label."""


def _maximise(
    chances: Floats, codes: _Codes, people: int, smoothing: float
) -> tuple[Floats, Floats]:
    """Return class shares, and confusion of shape (people, true class, label)."""
    item, person, label = codes
    classes = chances.shape[1]
    counts = np.full((people, classes, classes), smoothing)
    np.add.at(counts.transpose(0, 2, 1), (person, label), chances[item])
    return chances.mean(0), counts / counts.sum(2, keepdims=True)


def _expect(prior: Floats, confusion: Floats, codes: _Codes, items: int) -> Floats:
    """Return the posterior of every item's class; shape (items, classes)."""
    item, person, label = codes
    logs = np.tile(np.log(np.maximum(prior, 1e-300)), (items, 1))
    np.add.at(logs, item, np.log(np.maximum(confusion, 1e-300))[person, :, label])
    odds = np.exp(logs - logs.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True))


def _codes(names: Sequence[Hashable]) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Return the distinct names in order of appearance, and the place of each name among them."""
    places = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return list(places), np.array([places[n] for n in names], dtype=np.intp)
