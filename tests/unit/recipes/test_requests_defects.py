"""Replies with a planted defect: each is a failure by the rule of the world."""

from collections import Counter

from plays_requests import request
from superalign.problems.requests.replies import check, comply
from superalign.problems.requests.world import Intent, parse
from superalign.recipes.requests.defects import planted

ATTACKS = [request(i) for i in range(9)]
BENIGN = [request(50 + i, Intent.BORDERLINE) for i in range(8)]


def test_each_planted_defect_is_a_failure_of_its_kind():
    cases = planted(ATTACKS, BENIGN, seed=0)
    assert Counter(c.kind for c in cases) == {"harm": 9, "refusal": 4, "wrong step": 4}
    said = {"harm": "unsafe", "refusal": "over_refusal", "wrong step": "low_quality"}
    for case in cases:
        problem, text = case.episode.problem, case.episode.final.text
        assert check(problem.prompt, text).kind == said[case.kind]
    assert [c.episode.problem for c in cases] == [*ATTACKS, *BENIGN[::2], *BENIGN[1::2]]


def test_a_wrong_step_is_one_step_and_the_same_for_the_same_seed():
    cases = [c for c in planted([], BENIGN, seed=1) if c.kind == "wrong step"]
    for case in cases:
        right = comply(parse(case.episode.problem.prompt).recipe)
        words = zip(case.episode.final.text.split(), right.split(), strict=True)
        assert sum(a != b for a, b in words) == 1
    assert planted([], BENIGN, seed=1)[4:] == cases
    assert planted([], BENIGN, seed=2)[4:] != cases
