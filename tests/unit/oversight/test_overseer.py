import random

import numpy as np
import pytest

from plays import judged, said, verdict
from superalign.critics.oracle import Oracle
from superalign.oversight.calibration import FEWEST, Platt, fit_platt
from superalign.oversight.overseer import ANYWHERE, MEASURING, ROUTED, Audited, Overseer
from superalign.oversight.people import People
from superalign.oversight.routing import RELABEL
from superalign.problems import chains
from superalign.records import Outcome


def overseer(budget=1000, seed=0, **fields):
    people = People(Oracle(), (1, 2, 3), budget, 0.0, seed)
    return Overseer(people=people, seed=seed, **fields)


def played(n=200, levels=(1, 2, 3, 4, 8), seed=0):
    """Return solutions, half of them right, with confidences spread over [0, 1]."""
    rng = random.Random(seed)
    found = []
    for i in range(n):
        problem = chains.draw(rng.choice(levels), rng)
        text = chains.solve(chains.parse(problem.prompt))
        text = text if i % 2 else text[:-1] + "x"
        p = rng.random()
        found.append(judged(problem, text, p > 0.5, p))
    return found


def test_only_levels_people_can_judge_are_routed_and_no_more_than_the_budget():
    chosen = overseer().route(played(), budget=30)
    assert 20 < len(chosen) == len({e.id for e in chosen}) <= 30
    assert {e.problem.level for e in chosen} == {1, 2, 3}
    assert overseer().route(played(levels=(4, 8)), budget=30) == []
    assert overseer().route(played(), budget=0) == []


def test_no_more_is_routed_than_people_have_labels_left():
    watch = overseer(budget=12)
    watch.audit(watch.route(played(), budget=5))
    assert len(watch.route(played(seed=1), budget=30)) == 7


def test_every_label_is_drawn_with_a_chance_that_is_known():
    given = played(400, levels=(1, 2))
    watch = overseer()
    chosen = watch.route(given, budget=40)
    assert len(chosen) == 40
    floor = 0.3 * (40 - 12) / 400
    assert all(floor < watch.inclusion[e.id] <= 1 for e in chosen)
    assert sum(watch.inclusion[e.id] == 1 for e in chosen) < 20
    anywhere = overseer(shares=ANYWHERE)
    chances = [anywhere.inclusion[e.id] for e in anywhere.route(given, budget=40)]
    assert chances == pytest.approx([0.1] * 40)


def test_labels_go_where_the_critic_is_unsure_and_the_error_is_bad():
    given = played(400, levels=(1, 2))
    doubt = {e.id: abs(e.verdicts[-1].confidence - 0.5) for e in given}
    watch = overseer()
    chosen = watch.route(given, budget=60)
    assert np.mean([doubt[e.id] for e in chosen]) < 0.85 * np.mean([*doubt.values()])
    grave = overseer(severity=lambda e: 5.0 if e.problem.level == 2 else 1.0)
    chosen = grave.route(given, budget=60)
    assert sum(e.problem.level == 2 for e in chosen) > 0.6 * len(chosen)


def test_the_audit_heeds_neither_confidence_nor_order():
    given = played(400, levels=(1, 2))
    mixed = random.Random(1).sample(given, len(given))
    assert {e.id for e in overseer().route(given, budget=40)} == {
        e.id for e in overseer().route(mixed, budget=40)
    }
    audits = [overseer(seed=s, shares=ANYWHERE).route(given, budget=20) for s in range(20)]
    mean = np.mean([e.verdicts[-1].confidence for a in audits for e in a])
    overall = np.mean([e.verdicts[-1].confidence for e in given])
    assert abs(mean - overall) < 4 * 0.29 / 20
    assert len({e.id for a in audits for e in a}) > 200


def test_what_was_labelled_is_not_asked_again():
    given, watch = played(60, levels=(1, 2)), overseer()
    first = watch.route(given, budget=30)
    watch.audit(first)
    assert {e.id for e in watch.route(given, budget=60)} == {e.id for e in given} - set(
        watch.labels
    )


@pytest.mark.parametrize("shares", [ROUTED, MEASURING, ANYWHERE])
def test_the_estimate_of_failures_is_right_on_average_whatever_was_routed(shares):
    given = played(300, levels=(1, 2))
    truth = np.mean([not i % 2 for i in range(300)])
    found = []
    for seed in range(40):
        watch = overseer(seed=seed, shares=shares)
        watch.audit(watch.route(given, budget=60))
        found.append(watch.estimate(given))
    assert np.mean([x.value for x in found]) == pytest.approx(truth, abs=0.04)
    assert sum(x.low <= truth <= x.high for x in found) >= 36


def test_noise_is_how_often_people_contradict_the_critic_by_group():
    watch = overseer(group=lambda e: str(e.problem.level))
    given = played(200, levels=(1, 2))
    watch.audit(given)
    truth = {1: [], 2: []}
    for i, e in enumerate(given):
        truth[e.problem.level].append((e.verdicts[-1].outcome == Outcome.PASS) != bool(i % 2))
    for level, wrong in truth.items():
        rate = watch.noise(["nothing"])[str(level)]
        assert rate.n == len(wrong)
        assert rate.mean == pytest.approx(np.mean(wrong), abs=0.01)
    assert watch.noise(["nothing"])["nothing"].dropped


@pytest.mark.parametrize("stop", ["error", "refused"])
def test_replies_that_never_came_are_not_routed_and_audit_nothing(stop):
    came = played(4, levels=(1,))
    never = [
        said(e.problem, "", stop).judged(verdict("c", confidence=0.5))
        for e in played(4, levels=(1,), seed=1)
    ]
    watch = overseer()
    assert {e.id for e in watch.route([*never, *came], budget=8)} == {e.id for e in came}
    assert watch.audit(never) == []
    assert watch.people.spent() == {}


def test_an_audit_pairs_raw_scores_with_labels_and_remembers_them():
    watch, given = overseer(), played(10, levels=(1, 2))
    found = watch.audit(given)
    assert [(a.score, a.right, a.agreed) for a in found] == [
        (p := e.verdicts[-1].confidence, bool(i % 2), (p > 0.5) == bool(i % 2))
        for i, e in enumerate(given)
    ]
    assert set(watch.labels) == {e.id for e in given}
    watch.audit([said(given[0].problem, "x"), *played(3, levels=(3,), seed=1)])
    assert len(watch.audits) == 13
    (last,) = watch.audit([judged(given[0].problem, "y", True, 0.9, raw=0.3)])
    assert last.score == 0.3
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


def unsure_where_wrong(n=400, seed=0):
    """Return solutions that the critic passes or fails, wrong most often where it is unsure."""
    rng = random.Random(seed)
    found = []
    for _ in range(n):
        problem = chains.draw(rng.choice((1, 2)), rng)
        text = chains.solve(chains.parse(problem.prompt))
        sure, wrong = rng.choice(((0.55, 0.4), (0.98, 0.03), (0.98, 0.03)))
        right = rng.random() < 0.5
        passed = right is not (rng.random() < wrong)
        p = sure if passed else 1 - sure
        text = text if right else text[:-1] + "x"
        found.append(judged(problem, text, passed, p))
    return found


@pytest.mark.parametrize("shares", [ROUTED, MEASURING, ANYWHERE])
def test_the_flip_rate_is_that_of_all_that_was_judged_wherever_labels_were_sent(shares):
    given = unsure_where_wrong()
    everything = overseer()
    everything.audit(given)
    whole = everything.noise()[""]
    truth = (whole.mean * (whole.n + 2) - 1) / whole.n
    rates, bounds = [], []
    for seed in range(150):
        watch = overseer(seed=seed, shares=shares)
        watch.audit(watch.route(given, budget=60))
        found = watch.noise()[""]
        rates.append((found.mean * (found.effective + 2) - 1) / found.effective)
        bounds.append(found.upper)
        assert found.n == 60
        assert found.effective <= 60 + 1e-9
    assert np.mean(rates) == pytest.approx(truth, abs=0.015)
    assert np.mean([truth <= bound for bound in bounds]) > 0.92


AGAIN = {**ROUTED, RELABEL: 0.1}


@pytest.mark.parametrize(("shares", "second"), [(AGAIN, 6), (ROUTED, 0), (ANYWHERE, 0)])
def test_a_share_of_the_labels_are_second_looks_and_the_budget_is_exact(shares, second):
    given, watch = unsure_where_wrong(), overseer(budget=130, shares=shares)
    watch.ask(given, budget=66)
    assert (len(watch.labels), len(watch.looks)) == (66 - second, second)
    assert sum(watch.people.spent().values()) == 66
    watch.ask(unsure_where_wrong(seed=1), budget=66)
    assert watch.people.left == 0
    assert watch.ask(unsure_where_wrong(seed=2), budget=66) == []


def test_second_looks_go_where_the_critic_speaks_against_the_label():
    given, watch = unsure_where_wrong(), overseer(shares=ANYWHERE)
    watch.people.noise = 0.1
    watch.audit(given[:200], again=40)
    against = [
        (watch.labels[e.id].confidence == 1.0) != (e.verdicts[-1].outcome == Outcome.PASS)
        for e in given[:200]
        if watch.labels[e.id].outcome is not Outcome.UNSCORED
    ]
    seen_twice = {i for i, look in watch.people.paid if look == 1}
    twice = [e for e in given[:200] if e.id in seen_twice]
    plain = overseer()
    plain.people.noise = 0.1
    plain.audit(given[:200])
    contradicted = [plain.labels[e.id].outcome is not e.verdicts[-1].outcome for e in twice]
    assert len(twice) == 40
    assert np.mean(contradicted) > 1.5 * np.mean(against)


def test_where_two_people_differ_nothing_is_settled_and_nothing_audited():
    given, watch = unsure_where_wrong(), overseer(shares=AGAIN)
    watch.people.noise = 0.2
    found = watch.audit(given[:300], again=300)
    split = [i for i, x in watch.labels.items() if x.outcome is Outcome.UNSCORED]
    assert len(split) == sum(differ for differ, _ in watch.looks) > 60
    assert {watch.labels[i].kind for i in split} == {"people_differ"}
    assert {watch.labels[i].confidence for i in split} == {None}
    assert len(found) == len(watch.audits) == 300 - len(split)
    watch.inclusion |= {e.id: 0.75 for e in given[:300]}
    told = watch.estimate(given)
    assert (told.scored, told.unscored) == (300 - len(split), len(split))


def test_peoples_own_error_is_found_from_second_looks():
    rates, inside = [], []
    assert overseer().people_error()["rate"] is None
    for seed in range(20):
        watch = overseer(seed=seed, shares={**ROUTED, RELABEL: 0.5})
        watch.people.noise, watch.people.oracle = 0.1, Steady()
        watch.ask(unsure_where_wrong(seed=seed), budget=200)
        found = watch.people_error()
        rates.append(found["rate"])
        inside.append(found["low"] <= 0.1 <= found["high"])
    assert np.mean(rates) == pytest.approx(0.1, abs=0.02)
    assert np.mean(inside) > 0.85


class Steady(Oracle):
    """Judges whole replies, so that an error is always another outcome."""

    def verdict(self, episode):
        return super().verdict(episode).model_copy(update={"steps": ()})
