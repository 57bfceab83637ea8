"""Several supervisors of one size in place of one."""

from __future__ import annotations

import numpy as np

from superalign.records import seed_of
from superalign.studies.weak_to_strong.lessons import Way
from superalign.studies.weak_to_strong.methods.case import Case

MEMBERS = 4
"""Beyond four the reported gain levels off (Lang et al. 2025, arXiv 2501.13124)."""


def bagged(case: Case) -> Way:
    """Teach the mean chances of supervisors trained on resamples of the first half."""
    lessons = []
    for i in range(MEMBERS):
        seed = seed_of(case.seed, "member", i) % 2**31
        n = len(case.first)
        counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n)).astype(float)
        lessons.append(case.supervisor(seed=seed, weights=counts))
    answers = yield lessons
    return case.lesson(case.labels(np.mean(answers, axis=0)))


def boosted(case: Case) -> Way:
    """Teach the weighted mean chances of supervisors that each mend the errors of those before.

    Weights of members and problems are AdaBoost's (Zhu et al. 2009, SAMME for two classes), by
    errors on the supervisors' own half. A member that is no better than a coin gets no say.
    """
    truth, n = case.gold.argmax(1), len(case.first)
    weights, total, said = np.ones(n), 0.0, np.zeros((len(case.second), 2))
    for i in range(MEMBERS):
        seed = seed_of(case.seed, "member", i) % 2**31
        asked = (*case.second, *case.first)
        (answer,) = yield [case.supervisor(seed=seed, weights=weights, asked=asked)]
        wrong = answer[len(case.second) :].argmax(1) != truth
        error = float(np.clip(np.average(wrong, weights=weights), 1 / n, 1 - 1 / n))
        say = max(0.0, np.log((1 - error) / error))
        said, total = said + say * case.labels(answer), total + say
        weights = weights * np.exp(say * wrong)
        weights = weights * n / weights.sum()
    return case.lesson(said / total if total else np.full_like(said, 0.5))
