from collections import Counter
from dataclasses import replace

import pytest

from superalign.errors import BadInput
from superalign.problems.tasks.items import Item, assemble, classified


def items(n, *, per_group=1, ones=0.5, name="text"):
    return [
        classified(f"{name} {i}", _one(i, ones), f"{name} group {i // per_group}") for i in range(n)
    ]


def _one(i, ones):
    """Whether the `i`th is a 1 where `ones` is the share of them, evenly spread."""
    return int((i + 1) * ones) > int(i * ones)


def made(train, test=None, *, kind="classify", n=None, seed=0):
    return assemble("mine", kind, train, test, n=n, seed=seed)


def groups_of(task, problems):
    return {task.groups[p.id] for p in problems}


def test_halves_are_disjoint_grouped_and_equally_large():
    task = made(items(300, per_group=3))
    first, second = task.halves(0)
    assert {p.id for p in first} | {p.id for p in second} == {p.id for p in task.train}
    assert not {p.id for p in first} & {p.id for p in second}
    assert not groups_of(task, first) & groups_of(task, second)
    assert abs(len(first) - len(second)) <= 3


def test_halves_differ_by_seed_and_repeat_with_it():
    task = made(items(300))
    assert task.halves(1) == task.halves(1)
    assert {p.id for p in task.halves(1)[0]} != {p.id for p in task.halves(2)[0]}


def test_a_large_group_does_not_tip_the_halves():
    train = items(50, per_group=50, name="one") + items(50)
    task = made(train, items(10, name="test"))
    assert [len(half) for half in task.halves(0)] == [50, 50]


def test_a_slice_of_a_half_is_not_its_largest_groups():
    task = made(items(20, per_group=20, name="one") + items(60), items(10, name="test"))
    sizes = [len(task.train)] + [len(half) for half in task.halves(0)]
    assert sizes == [80, 40, 40]
    for half in task.halves(0):
        assert len(groups_of(task, half[:20])) > 5


def test_no_problem_carries_its_answer():
    task = made(items(30))
    for problem in [*task.train, *task.test]:
        assert not problem.tags
        assert task.key.look_up(problem.id) in {"0", "1"}
        assert problem.model_dump().keys() == type(problem).model_fields.keys()


def test_a_third_is_cut_off_to_test_the_same_for_every_seed():
    train = items(300, per_group=3)
    tasks = [made(train, seed=seed) for seed in (0, 1)]
    assert [len(t.test) for t in tasks] == [100 // 3 * 3, 100 // 3 * 3]
    assert {p.id for p in tasks[0].test} == {p.id for p in tasks[1].test}
    assert not groups_of(tasks[0], tasks[0].train) & groups_of(tasks[0], tasks[0].test)


def test_what_the_test_split_has_is_taken_out_of_train_and_counted():
    test = items(20, name="test")
    copied = classified("  TEST   3 ", True, "elsewhere")
    related = classified("another", False, "test group 7")
    task = made([*items(20), copied, related], test)
    assert task.dropped == {"in the test split too": 2}
    assert len(task.train) == 20
    assert len(task.test) == 20


def test_a_repeated_item_is_kept_once_and_one_with_two_answers_not_at_all():
    again, other = classified("text 1", True, "a"), classified("Text  2", False, "b")
    train = items(20, ones=1) + items(20, ones=0, name="no")
    task = made([*train, again, other], items(4, name="test"))
    assert task.dropped == {"there twice": 1, "with two answers": 2}
    prompts = Counter(p.prompt for p in task.train)
    assert prompts["text 1"] == 1
    assert not prompts["text 2"]


def test_a_class_above_55_percent_is_thinned_out_until_both_are_equal():
    task = made(items(100, ones=0.56), items(100, ones=0.55, name="test"))
    assert Counter(task.key.look_up(p.id) for p in task.train) == {"0": 44, "1": 44}
    assert Counter(task.key.look_up(p.id) for p in task.test) == {"0": 45, "1": 55}
    assert task.dropped == {"not needed": 12}


def test_of_each_question_as_many_right_as_wrong_candidates_are_kept():
    def candidates(question, rights, wrongs):
        return [
            classified(f"{question} {i}", i < rights, question, question=question)
            for i in range(rights + wrongs)
        ]

    train = candidates("a", 1, 3) + candidates("b", 3, 2) + candidates("c", 0, 4)
    task = made(train, items(10, name="test"))
    kept = Counter((task.groups[p.id], task.key.look_up(p.id)) for p in task.train)
    assert kept == {("a", "0"): 1, ("a", "1"): 1, ("b", "0"): 2, ("b", "1"): 2}


def test_which_candidates_are_kept_differs_by_seed():
    train = [
        classified(f"{q} {i}", i == 0, f"{q}", question=f"{q}") for q in range(30) for i in range(4)
    ]
    kept = [{p.prompt for p in made(train, items(4, name="t"), seed=s).train} for s in (0, 0, 1)]
    assert kept[0] == kept[1]
    assert kept[0] != kept[2]


def test_n_counts_all_problems_and_groups_stay_whole():
    task = made(items(300, per_group=4), n=60)
    assert (len(task.train), len(task.test)) == (40, 20)
    whole = Counter(task.groups[p.id] for p in task.train)
    assert set(whole.values()) == {4}


def test_sealed_items_only_measure_and_nothing_like_them_trains():
    sealed = Item(prompt="sealed", answer="1", group="text group 5", sealed=True)
    task = made([*items(30), sealed])
    assert "sealed" in {p.prompt for p in task.test}
    assert "text 5" not in {p.prompt for p in (*task.train, *task.test)}
    assert task.dropped["like one for evaluation only"] == 1


def test_a_sealed_item_of_a_train_split_does_not_train():
    sealed = Item(prompt="sealed", answer="1", group="g", sealed=True)
    task = made([*items(30), sealed], items(10, name="test"))
    assert "sealed" not in {p.prompt for p in task.train}


def test_a_sealed_copy_of_an_open_item_counts():
    free = items(30)
    sealed = [replace(item, sealed=True) for item in free[:10]]
    task = made([*free, *sealed])
    assert {item.prompt for item in sealed} <= {p.prompt for p in task.test}


def test_other_standards_have_keys_of_their_own():
    train = [
        Item(
            prompt=f"say {i}",
            answer="0",
            group=f"{i}",
            choices=("yes", "no"),
            others={"helpful": "1"} if i % 2 else {},
        )
        for i in range(9)
    ]
    task = made(train, kind="compare")
    assert len(task.keys["helpful"]) == 4
    assert {task.keys["helpful"].look_up(p.id) for p in [*task.train, *task.test]} == {None, "1"}


def test_choices_in_another_order_are_the_same_item():
    pair = Item(prompt="say", answer="0", group="g", choices=("yes", "no"))
    turned = Item(prompt="say", answer="1", group="g", choices=("no", "yes"))
    against = Item(prompt="say", answer="0", group="g", choices=("no", "yes"))
    test = [Item(prompt="else", answer="0", group="t", choices=("a", "b"))]
    assert len(made([pair, turned], test, kind="compare").train) == 1
    with pytest.raises(BadInput, match="mine: no problems are left to train"):
        made([pair, against], test, kind="compare")
