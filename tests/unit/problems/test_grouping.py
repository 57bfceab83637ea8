import itertools
import random

import pytest

from superalign.problems.graders import GRADERS, Grader
from superalign.problems.grouping import Grouping


def grader(alike):
    """One that calls the same what `alike` says, and remembers what it was asked."""
    asked = []
    return Grader(lambda a: (a,), lambda a, b: (asked.append((a, b)), alike(a, b))[1]), asked


def slow(answers, equal):
    """Group by transitive closure, in order of first sight."""
    distinct = list(dict.fromkeys(a for a in answers if a is not None))
    group = {a: i for i, a in enumerate(distinct)}
    for _ in distinct:
        for a in distinct:
            for b in distinct:
                if equal(a, b):
                    group[a] = group[b] = min(group[a], group[b])
    names = {}
    return [-1 if a is None else names.setdefault(group[a], len(names)) for a in answers]


@pytest.mark.parametrize("seed", range(30))
def test_groups_are_the_closure_of_what_the_grader_calls_the_same(seed):
    rng = random.Random(seed)
    letters = "abcdefgh"
    pairs = {frozenset(rng.sample(letters, 2)) for _ in range(4)}
    same, asked = grader(lambda a, b: frozenset((a, b)) in pairs)
    answers = rng.choices([*letters, None], k=40)
    grouping = Grouping(same)
    found = grouping.groups(answers)
    assert found == slow(answers, lambda a, b: a == b or frozenset((a, b)) in pairs)
    assert len({frozenset(p) for p in asked}) == len(asked) == grouping.compared <= 28


def test_each_pair_is_compared_once_in_a_groupings_life():
    same, asked = grader(lambda a, b: a[0] == b[0])
    grouping = Grouping(same)
    answers = ["a1", "a2", "b1", "a1", None, "a3"]
    assert grouping.groups(answers) == [0, 0, 1, 0, -1, 0] == grouping.groups(answers)
    assert grouping.compared == len(asked) == len(set(asked)) == 5  # of six; a3 joins a1 and so a2
    assert grouping.right("a1", ["a1", "a2", None, "b1"]) == [True, True, False, False]
    assert len(asked) == len(set(asked))


def test_forms_are_not_asked_about():
    grouping = Grouping(GRADERS["math"])
    assert grouping.groups(["1/2", "2/4", "0.5", "1/3", "7", "1,000", "1000"]) == [
        0, 0, 0, 1, 2, 3, 3,
    ]  # fmt: skip
    assert Grouping(GRADERS["exact"]).groups(["A b", "a  B", "ab"]) == [0, 0, 1]
    assert Grouping(GRADERS["easy-to-hard"]).groups(["x=5", "5 cm", "5"]) == [0, 0, 0]


def test_real_mathematics_is_merged():
    answers = ["x+1", r"\frac12", "1+x", None, "0.5", "x + 1", "2"]
    for mode in ("math", "prm800k"):
        assert Grouping(GRADERS[mode]).groups(answers) == [0, 1, 0, -1, 1, 0, 2]


def test_what_cannot_be_compared_is_given_up_and_stands_alone():
    same, asked = grader(lambda a, b: None if "!" in a + b else a[0] == b[0])
    grouping = Grouping(same)
    answers = ["a!", "a1", "b1", "a2", "b2", "a3", "b!"]
    assert grouping.groups(answers) == [0, 1, 2, 1, 2, 1, 3]
    assert sum("!" in a + b for a, b in asked) <= 4
    assert grouping.right("a1", ["a!", "a2"]) == [None, True]


def test_answers_whose_values_differ_are_not_compared():
    asked = []
    same = Grader(
        lambda a: (a,),
        lambda a, b: (asked.append((a, b)), a[0] == b[0])[1],
        lambda a: None if a[0] == "?" else complex(a),
    )
    answers = ["1", "2", "?", "1.00001", "2j", "1e200", "nan"]
    assert Grouping(same).groups(answers) == [0, 1, 2, 0, 3, 4, 5]
    known = [p for p in asked if not {"?", "nan"} & {*p}]
    assert known == [("1", "1.00001")]
    assert len(asked) == len(known) + 6 + 5


def test_forms_are_of_one_kind_each_and_each_value_is_found_once():
    asked = []
    ends = Grader(lambda a: (a[0], a[-1]), lambda a, b: False, lambda a: asked.append(a))
    grouping = Grouping(ends)
    assert grouping.groups(["a1", "1b", "a2", "cb"]) == [0, 1, 0, 1]
    assert grouping.groups(["1b", "a1"]) == [0, 1]
    assert sorted(asked) == ["1b", "a1"]


def test_what_is_right_without_algebra_is_found_by_its_form():
    assert Grouping(GRADERS["exact"]).right("A b", ["a  b", "c", None]) == [True, False, False]
    assert Grouping(GRADERS["prm800k"]).groups(["3 1/2", "7/2"]) == [0, 0]


def test_groups_do_not_depend_on_the_order_of_the_answers():
    same, asked = grader(lambda a, b: (a, b) in {("a", "c"), ("b", "d"), ("d", "a")})
    for order in itertools.permutations("abcd"):
        found = dict(zip(order, Grouping(same).groups(order), strict=True))
        assert found["a"] == found["c"] != found["b"] == found["d"]
    grouping = Grouping(same)
    asked.clear()
    assert grouping.groups("abcd") == [0, 1, 0, 1]
    assert grouping.groups("dcba") == [0, 1, 0, 1]
    assert len(asked) == len(set(asked)) == grouping.compared


@pytest.mark.parametrize("mode", ["math", "prm800k"])
def test_values_of_real_mathematics_spare_comparisons(mode):
    grouping = Grouping(GRADERS[mode])
    answers = [r"\sqrt2", r"\sqrt3", r"2\sqrt{2}", r"\sqrt8", r"\frac{\sqrt{12}}{2}", "x", "y", "7"]
    assert grouping.groups(answers) == [0, 1, 2, 2, 1, 3, 4, 5]
    assert grouping.compared == 2


def test_no_answers_no_groups():
    assert Grouping(GRADERS["math"]).groups([]) == []
    assert Grouping(GRADERS["math"]).groups([None]) == [-1]
