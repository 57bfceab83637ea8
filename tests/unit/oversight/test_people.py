import random

import pytest

from plays import said
from superalign.critics.oracle import Oracle
from superalign.errors import BadInput
from superalign.oversight.people import PEOPLE, People
from superalign.problems import chains
from superalign.records import Outcome, Verdict

PASS, FAIL = Outcome.PASS, Outcome.FAIL


def people(budget=10_000, noise=0.0, seed=0, levels=(1, 2, 3)):
    return People(Oracle(), levels, budget, noise, seed)


def solved(n, level=2, right=True, seed=0):
    rng = random.Random(seed)
    found = []
    for i in range(n):
        problem = chains.draw(level, rng)
        text = chains.solve(chains.parse(problem.prompt))
        found.append(said(problem, text if right else text[:-1] + "x", seed=i))
    return found


def test_without_noise_people_say_what_is_true():
    right, wrong = people().label([*solved(1), *solved(1, right=False)])
    assert (right.critic, right.outcome, right.steps) == (PEOPLE, PASS, (1.0, 1.0, 1.0))
    assert (wrong.outcome, wrong.steps, wrong.confidence) == (FAIL, (1.0, 1.0, 0.0), 0.0)


def test_the_same_solution_is_paid_for_once_and_labelled_the_same():
    crowd = people(budget=3, noise=0.5)
    first = crowd.label(solved(3))
    assert crowd.left == 0
    assert crowd.label(solved(3)[::-1]) == first[::-1]
    assert crowd.label([*solved(1), *solved(1)]) == [first[0]] * 2
    assert crowd.spent() == {"2": 3}


def test_a_repeat_within_one_request_costs_one_label():
    crowd = people(budget=1)
    crowd.label([*solved(1), *solved(1)])
    assert crowd.left == 0


def test_the_budget_is_a_wall_and_a_refused_request_costs_nothing():
    crowd = people(budget=5)
    crowd.label(solved(4))
    with pytest.raises(BadInput, match=r"6 labels are needed .* 'labels' allows 5"):
        crowd.label(solved(6))
    assert crowd.left == 1
    crowd.label(solved(5))
    assert crowd.left == 0


@pytest.mark.parametrize("level", [4, 8])
def test_levels_beyond_reach_are_refused_before_anything_is_paid(level):
    crowd = people()
    with pytest.raises(ValueError, match=f"people cannot label level {level}"):
        crowd.label([*solved(2), *solved(1, level)])
    assert crowd.spent() == {}


def test_labels_are_counted_by_level():
    crowd = people()
    crowd.label([*solved(3, 1), *solved(2, 3)])
    assert crowd.spent() == {"1": 3, "3": 2}


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5, 1.0])
def test_the_noise_rate_is_the_share_of_labels_with_one_step_the_other_way(noise):
    n = 2000
    labels = people(noise=noise).label(solved(n))
    flips = [v.steps.count(0.0) for v in labels]
    assert set(flips) <= {0, 1}
    assert abs(sum(flips) / n - noise) <= 4 * (noise * (1 - noise) / n) ** 0.5
    assert all((v.outcome == PASS) == (f == 0) for v, f in zip(labels, flips, strict=True))
    places = {v.steps.index(0.0) for v in labels if 0.0 in v.steps}
    assert places == ({0, 1, 2} if noise else set())


def test_noise_can_also_let_a_wrong_solution_pass():
    labels = people(noise=1.0).label(solved(200, right=False))
    assert 30 < sum(v.outcome == PASS for v in labels) < 110


@pytest.mark.parametrize("stop", ["error", "refused"])
def test_a_reply_that_never_came_is_unscored_and_not_paid_for(stop):
    crowd, problem = people(budget=1, noise=1.0), solved(1)[0].problem
    (label,) = crowd.label([said(problem, "", stop)])
    assert (label.critic, label.outcome, label.kind) == (PEOPLE, Outcome.UNSCORED, stop)
    assert (label.confidence, label.steps) == (None, ())
    assert crowd.spent() == {}
    crowd.label(solved(1))
    assert crowd.left == 0


def test_people_fail_a_right_solution_that_was_cut_off():
    whole = solved(1)[0]
    (label,) = people().label([said(whole.problem, whole.final.text, "length")])
    assert (label.outcome, label.steps) == (FAIL, (1.0, 1.0, 0.0))


def test_other_people_err_elsewhere():
    one, other = (people(noise=0.5, seed=s).label(solved(100)) for s in (0, 1))
    assert one != other


def test_a_second_look_errs_by_itself_and_costs_a_label():
    crowd, given = people(budget=4000, noise=0.2), solved(2000)
    first, second = crowd.label(given), crowd.label(given, look=1)
    assert crowd.left == 0
    differ = sum(a.outcome != b.outcome for a, b in zip(first, second, strict=True)) / 2000
    assert abs(differ - 2 * 0.2 * 0.8) < 0.045
    assert crowd.label(given, look=1) == second
    assert crowd.left == 0


class Named:
    def verdict(self, episode):
        return Verdict(critic="named", outcome=FAIL, kind="unsafe")


def test_who_is_wrong_takes_a_reply_for_something_else():
    given = solved(1)
    for mistakes, kind in (({"unsafe": "helpful"}, "helpful"), ({}, "")):
        (label,) = People(Named(), None, 9, 1.0, 0, mistakes).label(given)
        assert (label.outcome, label.kind) == (PASS, kind)
    (label,) = People(Named(), None, 9, 0.0, 0, {"unsafe": "helpful"}).label(given)
    assert (label.outcome, label.kind) == (FAIL, "unsafe")
