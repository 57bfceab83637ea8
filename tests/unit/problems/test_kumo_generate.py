"""Fresh tasks keep the promise, whichever sampler draws them; splits and invented domains."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from kumo_worlds import domain
from superalign.errors import BadInput
from superalign.problems.kumo import generate as generating
from superalign.problems.kumo.difficulty import Wanted, difficulty
from superalign.problems.kumo.generate import Size, Table, generate
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.split import components, split
from superalign.problems.kumo.uniform import uniform

SIZE = Size(truths=4, actions=6)
SAMPLERS = ("uniform", "sat")


def drawn(n, seed=0, **fields):
    return list(itertools.islice(generate(invented(1), SIZE, seed=seed, **fields), n))


def content(tasks):
    return [(t.truths, t.actions, dict(t.observations), t.valid) for t in tasks]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_task_leaves_its_valid_truth_alone(sampler):
    for task in drawn(60, sampler=sampler):
        assert task.survivors == (task.valid,)
        assert len(task.actions) == len(set(task.actions)) == SIZE.actions
        assert len(set(task.truths)) == SIZE.truths


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_observation_shows_one_state_which_spares_the_valid_truth(sampler):
    for task in drawn(40, sampler=sampler):
        for action in task.actions:
            assert len(task.domain.states(action, task.observations[action])) == 1
            assert task.valid not in task.excluded(action)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_equal_seeds_give_equal_tasks_and_others_do_not(sampler):
    once, again, other = (content(drawn(8, s, sampler=sampler)) for s in (5, 5, 6))
    assert once == again
    assert not any(t in other for t in once)


@pytest.mark.parametrize(("sampler", "n"), [("uniform", 4), ("sat", 2)])
def test_no_task_comes_twice_and_the_end_is_said(sampler, n, monkeypatch):
    monkeypatch.setattr(generating, "TRIES", 300)
    rules = {"x": {"1": "b", "2": "a"}, "y": {"1": "b", "2": "a"}}
    tasks = generate(domain(rules, "ab"), Size(truths=2, actions=1), seed=0, sampler=sampler)
    first = list(itertools.islice(tasks, n))
    assert len({(t.actions, *t.observations.values()) for t in first}) == n
    with pytest.raises(BadInput, match="no further task"):
        next(tasks)


def test_the_valid_truth_stands_anywhere():
    places = Counter(t.truths.index(t.valid) for t in drawn(200))
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) < 90


def test_all_ways_to_leave_one_truth_are_as_likely():
    rules = {
        "x": {"1": "b", "2": ""},
        "y": {"1": "b", "2": "a"},
        "z": {"1": "b", "2": "b", "3": "a"},
    }
    rng, table = Random(0), Table(domain(rules, "ab"))
    one = Counter(str(uniform(table, (0, 1), Size(truths=2, actions=1), rng)) for _ in range(4000))
    assert set(one) == {"{'x': 0}", "{'y': 0}", "{'z': 0}", "{'z': 1}"}
    assert all(abs(n - 1000) < 130 for n in one.values())
    # Two actions: x1 or x2 with y1, z1 or z2 (six ways), and y1 with z1 or z2 (two ways).
    two = Counter(str(uniform(table, (0, 1), Size(truths=2, actions=2), rng)) for _ in range(4000))
    assert len(two) == 8
    assert all(abs(n - 500) < 100 for n in two.values())


def test_the_uniform_sampler_takes_sixteen_truths_and_no_more():
    made = invented(0)
    assert len(next(generate(made, Size(truths=16, actions=20), seed=0)).truths) == 16
    with pytest.raises(BadInput, match="takes 16 truths; use sat for 17"):
        next(generate(made, Size(truths=17, actions=20), seed=0))


def test_what_cannot_be_settled_is_no_draft():
    rules = {"x": {"1": "a", "2": ""}}
    table = Table(domain(rules, "ab"))
    assert uniform(table, (0, 1), Size(truths=2, actions=1), Random(0)) is None


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_actions_that_touch_no_truth_fill_up_only_where_they_must(sampler):
    rules = {
        "x": {"1": "b", "2": "a"},
        "y": {"1": "b", "2": "a"},
        "far": {"1": "c", "2": ""},
        "away": {"1": "c", "2": ""},
    }
    made = domain(rules, "abc")
    drawn = generate(made, Size(truths=2, actions=3), seed=0, sampler=sampler)
    without = [t for t in itertools.islice(drawn, 20) if "c" not in t.truths]
    assert without
    assert all({"x", "y"} < set(t.actions) for t in without)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_truths_that_leave_too_few_actions_are_not_drawn(sampler):
    made = domain({"x": {"1": "b", "2": "a"}, "y": {"1": "a", "2": "a"}}, "ab")
    for seed in range(10):
        task = next(generate(made, Size(truths=2, actions=2), seed=seed, sampler=sampler))
        assert (len(task.actions), task.valid) == (2, "b")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_fills_up_shows_any_of_its_states(sampler):
    made = domain({"x": {"1": "b", "2": "a"}, "far": {"1": "", "2": "", "3": ""}}, "ab")
    drawn = generate(made, Size(truths=2, actions=2), seed=0, sampler=sampler)
    assert {t.observations["far"] for t in itertools.islice(drawn, 6)} == {"1", "2", "3"}


def test_a_number_shows_its_own_interval_where_two_overlap():
    rules = {"x": {(0.0, 2.0): "b", (1.0, 3.0): "a"}}
    made = domain(rules, "ab")
    for task in itertools.islice(generate(made, Size(truths=2, actions=1), seed=0), 2):
        value = task.observations["x"]
        assert (value < 1.0) == (task.valid == "a")


def test_a_number_shows_no_second_state_even_if_that_one_rules_out_nothing():
    made = domain({"x": {(0.0, 2.0): "b", (1.0, 3.0): ""}, "y": {"1": "a", "2": "b"}}, "ab")
    for seed in range(40):
        task = next(generate(made, Size(truths=2, actions=2), seed=seed))
        assert len(made.states("x", task.observations["x"])) == 1


def test_a_number_that_lies_in_another_states_interval_is_never_shown():
    made = domain({"x": {1: "b", (0.0, 2.0): "", 7: "b"}, "y": {"1": "a", "2": "b"}}, "ab")
    for seed in range(40):
        task = next(generate(made, Size(truths=2, actions=2), seed=seed))
        assert task.observations["x"] != 1


def test_an_interval_without_numbers_is_never_shown():
    rules = {"x": {(2.0, 1.0): "b", "word": "b"}, "y": {"1": "a", "2": ""}}
    made = domain(rules, "ab")
    for seed in range(20):
        task = next(generate(made, Size(truths=2, actions=2), seed=seed))
        assert task.observations["x"] == "word"


def test_tasks_are_drawn_to_order():
    for task in drawn(3, wanted=Wanted(length=(2, 3), redundancy=(0.3, 0.67))):
        found = difficulty(task)
        assert 2 <= found.length <= 3
        assert 0.3 <= found.redundancy <= 0.67


@pytest.mark.parametrize("size", [(41, 6), (4, 31), (1, 6)])
def test_a_size_that_the_domain_does_not_have_is_bad_input(size):
    with pytest.raises(BadInput, match="cannot be drawn from"):
        next(generate(invented(1), Size(truths=size[0], actions=size[1]), seed=0))


def test_an_unknown_sampler_is_bad_input():
    with pytest.raises(BadInput, match="there are uniform and sat"):
        drawn(1, sampler="dice")


def test_without_the_solver_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysat.card", None)
    with pytest.raises(BadInput, match=r"python-sat .* pip install 'superalign\[evals\]'"):
        drawn(1, sampler="sat")


@pytest.mark.parametrize("seed", range(8))
def test_invented_domains_keep_the_rules_of_the_game(seed):
    made = invented(seed)
    assert list(made.faults()) == []
    assert (len(made.truths), len(made.outcomes)) == (40, 30)
    assert made.id == invented(seed).id != invented(seed + 100).id
    assert list(invented(seed, actions=2).faults()) == []


def test_a_split_shares_no_truth_and_no_rule():
    rules = {
        "x": {"1": "a", "2": "b"},
        "y": {"1": "b", "2": "c"},
        "z": {"1": "d", "2": "e"},
        "w": {"1": "f", "2": ""},
    }
    whole = domain(rules, "abcdef")
    assert components(whole) == [("a", "b", "c"), ("d", "e"), ("f",)]
    inside, outside = split(whole)
    assert (inside.name, inside.truths, inside.actions) == (
        "ToyIND",
        tuple("abcf"),
        ("x", "y", "w"),
    )
    assert (outside.name, outside.truths, outside.actions) == ("ToyOOD", tuple("de"), ("z",))


def test_a_part_of_a_domain_knows_no_other_truth():
    part = domain({"x": {"1": "ac", "2": "b"}, "y": {"1": "c", "2": ""}}).only("ab")
    assert (part.truths, part.actions) == (("a", "b"), ("x",))
    assert part.excluded("x", "1") == {"a"}


def test_a_domain_is_named_by_its_rules_and_its_goal():
    one, other = domain({"x": {"1": "a", "2": "b"}}), domain({"x": {"1": "b", "2": "a"}})
    assert len({one.id, other.id, replace(one, goal="Find it.").id}) == 3
    assert one.id == domain({"x": {"1": "a", "2": "b"}}).id


def test_groups_that_join_late_are_one():
    rules = {"x": {"1": "ab", "2": ""}, "y": {"1": "cd", "2": ""}, "z": {"1": "d", "2": "a"}}
    assert components(domain(rules, "abcd")) == [tuple("abcd")]
