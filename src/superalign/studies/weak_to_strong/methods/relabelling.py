"""Methods in which models above the supervisor's size label the data anew."""

from __future__ import annotations

import numpy as np

from superalign.studies.weak_to_strong.lessons import Chances, Way
from superalign.studies.weak_to_strong.methods.case import Case, crossed
from superalign.studies.weak_to_strong.methods.confidence import margin

LEAST = 1e-6
"""A chance below this counts as this."""
TEMPERATURES = np.geomspace(0.05, 20, 121)


def bootstrap(case: Case) -> Way:
    """Teach through every size in between, each labelling for the next (Burns, section 4.3.1).

    As there is no fresh data for every size, a size is trained twice, each time on one part of the
    half, and labels the part it was not taught.
    """
    (said,) = yield [case.supervisor()]
    labels = case.labels(said)
    for size in case.between:
        relabelled = yield from crossed(case, size, case.second, labels, 2)
        labels = relabelled.targets
    return case.lesson(labels)


def posterior(case: Case) -> Way:
    """Teach softmax(log weak + log own), weighted by its margin.

    The weak part is calibrated by one temperature, fitted on problems of the first half that none
    of its models was taught. The student's own part is what models of its body, taught the weak
    labels of all other parts, say. To compare, both parts swap with the sides, so the label does.
    """
    (said,) = yield [case.supervisor()]
    weak = case.labels(said)
    held = yield from crossed(case, case.weak, case.first, case.gold, 4)
    own = yield from crossed(case, case.student, case.second, weak, 4)
    labels = combined(tempered(weak, temperature(held.targets, case.gold)), own.targets)
    return case.lesson(labels, weights=margin(labels))


def combined(*chances: Chances) -> Chances:
    """Return the normalised product of chances."""
    logs = sum(np.log(np.maximum(c, LEAST)) for c in chances)
    found = np.exp(logs - np.max(logs, axis=1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True))


def tempered(chances: Chances, by: float) -> Chances:
    """Return chances with their log-odds divided by a temperature."""
    return combined(np.maximum(chances, LEAST) ** (1 / by))


def temperature(chances: Chances, gold: Chances) -> float:
    """Return the temperature under which `gold` is likeliest."""
    losses = [-np.sum(gold * np.log(tempered(chances, t) + LEAST)) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])
