"""How often labels are wrong: flip rates by group, and the errors of several annotators."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from superalign.stats import Rate, wilson

Floats = NDArray[np.float64]
CAP, DROP = 0.45, 0.4
"""The largest bound on a flip rate that a loss is given, and the largest expected rate; a group
beyond either is dropped."""


@dataclass(frozen=True, slots=True)
class FlipRate:
    """How often the critic's label is the wrong way round in one group of pairs."""

    mean: float
    """Expected rate, given the audit."""
    upper: float
    """Upper credible bound, at most `CAP`: what a loss should assume."""
    n: int
    """Pairs audited."""
    effective: float
    """Pairs drawn with equal chances that would say as much (Kish 1965): at most `n`."""
    dropped: bool
    """Whether the labels are too poor, or too few, to learn from: judge again, or leave out."""

    @property
    def weight(self) -> float:
        """What a label of this group is worth against a clean one, 1 - 2 * upper."""
        return 1 - 2 * self.upper


def flip_rates(
    groups: Sequence[str],
    flipped: Sequence[bool],
    *,
    inclusion: Sequence[float] | None = None,
    prior: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
    known: Sequence[str] = (),
) -> dict[str, FlipRate]:
    """Return the posterior of the flip rate by group, Beta(a + flips, b + agreements).

    Where pairs were audited with unequal chances, those that had small ones stand for many: the
    rate is Hajek's, sum(flip / pi) / sum(1 / pi), and counts as (sum w)^2 / sum w^2 pairs with
    w = 1 / pi, Kish's effective sample size. A group is dropped where the rate to expect is above
    `DROP`, or the bound above `CAP`: with the default prior and no flip seen, below five effective
    pairs.

    Args:
        groups: The group of each audited pair, for instance confidence bin x category.
        flipped: Whether people prefer the other one.
        inclusion: The chance that each pair had of being audited; None is the same for all.
        prior: (a, b) of the Beta prior.
        level: Of the one-sided credible bound.
        known: Further groups, of which nothing was audited: the prior is all there is, and the
            default one drops them.
    """
    from scipy.stats import beta

    chances = [1.0] * len(groups) if inclusion is None else inclusion
    members: dict[str, list[tuple[bool, float]]] = {name: [] for name in known}
    for group, flip, chance in zip(groups, flipped, chances, strict=True):
        members.setdefault(group, []).append((flip, chance))
    found = {}
    for group, pairs in sorted(members.items()):
        flips, n = _counted(pairs)
        a, b = prior[0] + flips, prior[1] + n - flips
        mean, upper = a / (a + b), float(beta.ppf(level, a, b))
        poor = mean > DROP or upper > CAP
        found[group] = FlipRate(mean, min(upper, CAP), len(pairs), n, poor)
    return found


def _counted(cases: Sequence[tuple[bool, float]]) -> tuple[float, float]:
    """Return (cases, n) as if drawn with equal chances; each case is given with the chance it had.

    The share is Hajek's, sum(case / pi) / sum(1 / pi), and n is Kish's (sum w)^2 / sum w^2.
    """
    weight = math.fsum(1 / chance for _, chance in cases)
    if not cases:
        return 0.0, 0.0
    n = weight**2 / math.fsum(1 / chance**2 for _, chance in cases)
    return n * math.fsum(1 / chance for case, chance in cases if case) / weight, n


def people_error(differ: Sequence[bool], inclusion: Sequence[float]) -> Rate:
    """Return how often one person's label is wrong, from second looks by others.

    Two who err by themselves with chance e differ with chance d = 2 e (1 - e), so e is
    (1 - sqrt(1 - 2 d)) / 2, a half at most: that most of them are right is taken for granted. The
    interval is that of d by Wilson, carried over. Null where nobody looked twice.

    Args:
        differ: Whether the two looks differ, for each label looked at again.
        inclusion: The chance that each had of being looked at again.
    """
    cases, n = _counted([*zip(differ, inclusion, strict=True)])
    if not n:
        return Rate(rate=None, n=0, low=None, high=None)
    low, high = wilson(min(cases, n), n)
    value, low, high = ((1 - math.sqrt(1 - 2 * min(d, 0.5))) / 2 for d in (cases / n, low, high))
    return Rate(rate=value, n=len(differ), low=low, high=high)


def doubt(people: float, critic: float, agreed: bool) -> float:
    """Return the chance that people are wrong about what they and the critic both judged.

    By Bayes' rule from how often each is wrong, errors being independent; 0 where people never err.
    """
    right, wrong = (1 - critic, critic) if agreed else (critic, 1 - critic)
    total = people * wrong + (1 - people) * right
    return people * wrong / total if people else 0.0


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
