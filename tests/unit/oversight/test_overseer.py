import random

import numpy as np
import pytest
from plays import judged, said, verdict

from superalign.critics.oracle import Oracle
from superalign.critics.process_reward import RAW
from superalign.oversight.calibration import FEWEST, Platt, fit_platt
from superalign.oversight.overseer import Audited, Overseer
from superalign.oversight.people import People
from superalign.problems import chains
from superalign.records import Outcome


def overseer(budget=1000, seed=0):
    return Overseer(People(Oracle(), (1, 2, 3), budget, 0.0, seed), seed)


def played(n=200, levels=(1, 2, 3, 4, 8), seed=0):
    """Return solutions, half of them right, with confidences spread over [0, 1]."""
    rng = random.Random(seed)
    found = []
    for i in range(n):
        problem = chains.draw(rng.choice(levels), rng)
        text = chains.solve(chains.parse(problem.prompt))
        text = text if i % 2 else text[:-1] + "x"
        p = rng.random()
        found.append(judged(problem, text, p > 0.5, p, scores={RAW: p}))
    return found


def test_only_levels_people_can_judge_are_routed_and_no_more_than_the_budget():
    chosen = overseer().route(played(), budget=30)
    assert len(chosen) == len({e.id for e in chosen}) == 30
    assert {e.problem.level for e in chosen} == {1, 2, 3}
    assert overseer().route(played(levels=(4, 8)), budget=30) == []
    assert overseer().route(played(), budget=0) == []


def test_no_more_is_routed_than_people_have_labels_left():
    watch = overseer(budget=12)
    watch.audit(watch.route(played(), budget=5))
    assert len(watch.route(played(seed=1), budget=30)) == 7


@pytest.mark.parametrize("budget", [1, 10, 31])
def test_half_is_a_uniform_audit_and_half_goes_where_the_critic_is_least_sure(budget):
    given = played(400, levels=(1, 2))
    half = (budget + 1) // 2
    chosen = overseer().route(given, budget=budget)
    audit, unsure = chosen[:half], chosen[half:]
    distance = {e.id: abs(e.verdicts[-1].confidence - 0.5) for e in given}
    left = sorted(d for name, d in distance.items() if name not in {e.id for e in audit})
    assert [distance[e.id] for e in unsure] == left[: budget - half]


def test_the_audit_heeds_neither_confidence_nor_order():
    given = played(400, levels=(1, 2))
    mixed = random.Random(1).sample(given, len(given))
    assert {e.id for e in overseer().route(given, budget=40)} == {
        e.id for e in overseer().route(mixed, budget=40)
    }
    audits = [overseer(seed=s).route(given, budget=40)[:20] for s in range(20)]
    mean = np.mean([e.verdicts[-1].confidence for a in audits for e in a])
    overall = np.mean([e.verdicts[-1].confidence for e in given])
    assert abs(mean - overall) < 4 * 0.29 / 20
    assert len({e.id for a in audits for e in a}) > 200


def test_what_is_unscored_can_only_be_drawn_by_the_audit():
    unscored = [
        said(e.problem, e.final.text).judged(verdict("c", Outcome.UNSCORED))
        for e in played(20, levels=(1,))
    ]
    assert len(overseer().route(unscored, budget=10)) == 5


@pytest.mark.parametrize("stop", ["error", "refused"])
def test_replies_that_never_came_are_not_routed_and_audit_nothing(stop):
    came = played(4, levels=(1,))
    never = [
        said(e.problem, "", stop).judged(verdict("c", confidence=0.5, scores={RAW: 0.5}))
        for e in played(4, levels=(1,), seed=1)
    ]
    watch = overseer()
    assert {e.id for e in watch.route([*never, *came], budget=8)} == {e.id for e in came}
    assert watch.audit(never) == []
    assert watch.people.spent() == {}


def test_an_audit_pairs_raw_scores_with_labels_and_remembers_them():
    watch, given = overseer(), played(10, levels=(1, 2))
    found = watch.audit(given)
    assert found == [Audited(e.verdicts[-1].scores[RAW], bool(i % 2)) for i, e in enumerate(given)]
    watch.audit([said(given[0].problem, "x"), *played(3, levels=(3,), seed=1)])
    assert len(watch.audits) == 13
    assert watch.people.spent().keys() == {"1", "2", "3"}


def test_calibration_recovers_a_known_slope_and_offset():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.02, 0.98, 20_000)
    chances = 1 / (1 + np.exp(-(0.7 * np.log(scores / (1 - scores)) - 1.2)))
    found = fit_platt(list(scores), list(rng.random(20_000) < chances))
    assert found.slope == pytest.approx(0.7, abs=0.05)
    assert found.offset == pytest.approx(-1.2, abs=0.06)
    assert found.labels == 20_000
    assert found([0.5]) == pytest.approx([1 / (1 + np.exp(1.2))], abs=0.02)


def test_the_overseer_fits_what_people_said():
    watch = overseer()
    assert watch.calibrate() == Platt()
    watch.audits += [Audited(0.9, i % 2 == 0) for i in range(40)]
    assert watch.calibrate()([0.9])[0] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("n", "right"), [(FEWEST - 1, [True, False]), (100, [True]), (100, [False]), (0, [])]
)
def test_too_few_labels_or_one_class_leave_scores_as_they_are(n, right):
    labels = [right[i % len(right)] for i in range(n)]
    found = fit_platt([0.3] * n, labels)
    assert found == Platt()
    assert found([0.0, 0.3, 1.0]) == pytest.approx([0.0, 0.3, 1.0], abs=1e-5)


def test_a_calibration_is_named_by_its_parameters():
    assert Platt(1.0, 0.5).id != Platt(1.0, 0.6).id != Platt(1.1, 0.6).id
    assert Platt(1.0, 0.5, labels=3).id == Platt(1.0, 0.5).id
    assert np.isfinite(Platt(9.0, 9.0)([0.0, 1.0])).all()
