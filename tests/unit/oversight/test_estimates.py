"""Estimators against a world whose truth is known: many draws, one seed each."""

import numpy as np
import pytest

from superalign.oversight import estimates, trust
from superalign.oversight.routing import Candidate, route

N = 400


def population(rng):
    """Return a critic's chances and the truth, the critic being too kind to the unsure ones."""
    sure = rng.random(N)
    truth = rng.random(N) < np.clip(sure + 0.15, 0, 1)
    return sure, truth.astype(float)


def sampled(rng, inclusion):
    drawn = np.flatnonzero(rng.random(N) < inclusion)
    return drawn, {str(i): float(inclusion[i]) for i in drawn}


@pytest.mark.parametrize("powered", [False, True], ids=["horvitz_thompson", "prediction_powered"])
@pytest.mark.parametrize("equal", [True, False], ids=["uniform", "unequal"])
def test_the_estimate_is_unbiased_and_its_interval_holds(powered, equal):
    rng = np.random.default_rng(7)
    held, errors = 0, []
    for _ in range(400):
        sure, truth = population(rng)
        inclusion = np.full(N, 0.2) if equal else 0.1 + 0.6 * (1 - np.abs(2 * sure - 1))
        drawn, chances = sampled(rng, inclusion)
        labels = {str(i): truth[i] for i in drawn}
        if powered:
            said = {str(i): float(p) for i, p in enumerate(sure)}
            found = estimates.prediction_powered(said, labels, chances)
        else:
            found = estimates.horvitz_thompson(labels, chances, N)
        # The source's rate: E min(1, u + .15) = .85 ** 2 / 2 + .15 * .85 + .15.
        errors.append(found.value - (0.85**2 / 2 + 0.15 * 0.85 + 0.15))
        held += found.low <= found.value - errors[-1] <= found.high
    standard_error = np.std(errors) / np.sqrt(len(errors))
    assert abs(np.mean(errors)) < 3 * standard_error
    assert 0.93 <= held / 400 <= 0.99


def test_routed_labels_estimate_the_truth_where_their_plain_mean_does_not():
    rng = np.random.default_rng(3)
    plain, powered = [], []
    for seed in range(150):
        sure, truth = population(rng)
        pool = [
            Candidate(id=str(i), uncertainty=float(1 - sure[i]), severity=float(rng.random()))
            for i in range(N)
        ]
        routed = route(pool, 80, seed=seed)
        labels = {r.id: truth[int(r.id)] for r in routed}
        said = {str(i): float(p) for i, p in enumerate(sure)}
        inclusion = {r.id: r.inclusion for r in routed}
        powered.append(estimates.prediction_powered(said, labels, inclusion).value - truth.mean())
        plain.append(np.mean(list(labels.values())) - truth.mean())
    assert abs(np.mean(powered)) < 3 * np.std(powered) / np.sqrt(150)
    assert np.mean(plain) < -0.05


def test_a_better_critic_makes_the_interval_narrower():
    rng = np.random.default_rng(0)
    truth = (rng.random(1000) < 0.3).astype(float)
    labels = {str(i): truth[i] for i in range(100)}
    inclusion = dict.fromkeys(labels, 0.1)
    widths = []
    for noise in (0.0, 0.3, 1.0):
        flip = rng.random(1000) < noise / 2
        said = {str(i): float(abs(truth[i] - flip[i])) for i in range(1000)}
        found = estimates.prediction_powered(said, labels, inclusion)
        widths.append(found.high - found.low)
    assert widths[0] < widths[1] < widths[2]


def test_rogan_and_gladens_interval_holds():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        truth, se, sp = 0.25, 0.9, 0.85
        observed = rng.binomial(300, truth * se + (1 - truth) * (1 - sp))
        found = estimates.corrected(
            (int(observed), 300), (rng.binomial(80, se), 80), (rng.binomial(120, sp), 120)
        )
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_the_promise_of_selective_trust_is_kept():
    rng = np.random.default_rng(5)
    broken = trusted = 0
    for _ in range(600):
        sure = 0.5 + 0.5 * rng.random(300)
        right = rng.random(300) < 0.55 + 0.45 * (2 * sure - 1) ** 0.5
        found = trust.trusted(sure.tolist(), right.tolist(), alpha=0.1, delta=0.1)
        if found is not None:
            trusted += 1
            at = np.linspace(found.threshold, 1.0, 2001)
            broken += np.mean(1 - (0.55 + 0.45 * (2 * at - 1) ** 0.5)) > 0.1
    assert trusted > 400
    assert 0.0 < broken / 600 <= 0.1
