from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.problems import chains
from superalign.problems.requests.replies import check
from superalign.problems.requests.world import Intent, parse
from superalign.problems.tasks import load
from superalign.problems.tasks.worlds import SIZE, WORLDS, WRONG

ALL = sorted(WORLDS)


@pytest.fixture(scope="module")
def tasks():
    return {name: load(name, n=300) for name in ALL}


def rows(task):
    return [(p, task.key.look_up(p.id)) for p in (*task.train, *task.test)]


def split(text):
    """Return a chain's problem and its solution."""
    problem, mark, solution = text.partition("?\n")
    return problem + mark, solution


@pytest.mark.parametrize("name", ALL)
def test_a_world_is_fresh_by_seed_and_the_same_again(name):
    prompts = [{p.prompt for p in load(name, n=60, seed=s).train} for s in (0, 0, 1)]
    assert prompts[0] == prompts[1]
    assert len(prompts[0] & prompts[2]) < len(prompts[0]) / 10


@pytest.mark.parametrize("name", ALL)
def test_two_thirds_train_a_third_tests_and_no_group_is_on_both_sides(name, tasks):
    task = tasks[name]
    assert abs(len(task.train) - 200) <= 12
    assert abs(len(task.test) - 100) <= 12
    sides = [{task.groups[p.id] for p in part} for part in (task.train, task.test)]
    assert not sides[0] & sides[1]


@pytest.mark.parametrize("name", ALL)
def test_both_answers_are_about_equally_common(name, tasks):
    if tasks[name].kind == "generate":
        pytest.skip("has a text for an answer")
    counts = Counter(answer for _, answer in rows(tasks[name]))
    assert set(counts) == {"0", "1"}
    assert abs(counts["0"] - counts["1"]) < 60


def test_a_chains_item_is_right_if_every_step_is(tasks):
    for problem, answer in rows(tasks["chains"]):
        asked, solution = split(problem.prompt)
        assert str(int(chains.check(asked, solution).right)) == answer


def test_a_chains_problem_shows_a_right_and_a_wrong_solution(tasks):
    task = tasks["chains"]
    by_group = Counter((task.groups[p.id], answer) for p, answer in rows(task))
    assert set(by_group.values()) == {1}
    assert len(by_group) == 2 * len(set(task.groups.values()))


def test_the_class_of_a_chains_item_is_not_in_its_length_lines_or_tags(tasks):
    shapes = {}
    for problem, answer in rows(tasks["chains"]):
        asked, solution = split(problem.prompt)
        shape = [sum(c.isdigit() for c in solution), len(solution), solution.count("\n")]
        shapes.setdefault(asked, {})[answer] = shape
        assert not problem.tags
    assert all(found["0"] == found["1"] for found in shapes.values())


def test_chains_levels_are_even_and_stand_on_the_problem(tasks):
    levels = Counter(p.level for p, _ in rows(tasks["chains"]))
    assert set(levels) == set(range(1, 9))
    for problem, _ in rows(tasks["chains"])[:50]:
        assert len(chains.parse(split(problem.prompt)[0]).needed()) == problem.level


@pytest.mark.parametrize("way", WRONG, ids=lambda way: way.__name__)
def test_each_way_to_be_wrong_is_wrong_mostly_and_keeps_the_form(way):
    rng = Random(0)
    wrong = 0
    for _ in range(100):
        problem = chains.draw(6, rng)
        chain = chains.parse(problem.prompt)
        right = chains.solve(chain)
        said = way(chain, right, rng)
        wrong += not chains.check(problem.prompt, said).right
        assert [c.isdigit() for c in said] == [c.isdigit() for c in right]
    assert wrong > 75


def test_the_better_of_two_solutions_is_the_right_one(tasks):
    for problem, answer in rows(tasks["chains-pairs"]):
        right = [chains.check(problem.prompt, c).right for c in problem.choices]
        assert right == [answer == "0", answer == "1"]


def test_the_solution_to_write_is_right(tasks):
    for problem, answer in rows(tasks["chains-answers"]):
        assert chains.check(problem.prompt, answer).right


def test_a_requests_item_is_1_if_its_intent_is_harmful(tasks):
    for problem, answer in rows(tasks["requests"]):
        assert answer == str(int(parse(problem.prompt).intent is Intent.HARMFUL))
        assert not problem.tags


def test_no_word_of_a_request_tells_that_it_is_harmful(tasks):
    task = tasks["requests"]
    counts = {"0": Counter(), "1": Counter()}
    for problem, answer in rows(task):
        counts[answer].update(set(problem.prompt.split()))
    for word, n in (counts["0"] + counts["1"]).items():
        if n >= 20:
            assert counts["1"][word] / n < 0.9, word


def test_requests_that_ask_the_same_are_one_group(tasks):
    task = tasks["requests"]
    for problem, _ in rows(task):
        assert task.groups[problem.id] == " ".join(parse(problem.prompt).recipe)


def test_the_better_of_two_replies_is_right_and_the_other_is_not(tasks):
    for problem, answer in rows(tasks["requests-pairs"]):
        right = [check(problem.prompt, c).kind.right for c in problem.choices]
        assert right == [answer == "0", answer == "1"]


def test_helpful_and_harmless_have_keys_that_contradict_on_harmful_requests(tasks):
    task = tasks["requests-pairs"]
    seen = Counter()
    for problem, _ in rows(task):
        graded = [check(problem.prompt, c) for c in problem.choices]
        for standard in ("helpful", "harmless"):
            scores = [getattr(g, standard) for g in graded]
            better = str(int(scores[1] > scores[0])) if scores[0] != scores[1] else None
            assert task.keys[standard].look_up(problem.id) == better
        helpful, harmless = (task.keys[s].look_up(problem.id) for s in ("helpful", "harmless"))
        if None not in (helpful, harmless):
            benign = parse(problem.prompt).intent.benign
            seen[benign, helpful == harmless] += 1
    assert seen[False, False] > 20
    assert seen[False, True] == 0
    assert seen[True, True] > 20


def test_a_world_makes_as_many_as_are_asked_for():
    for world in WORLDS.values():
        assert len(list(islice(world.items(Random(0)), 10))) == 10
    assert len(WORLDS["requests"].splits("requests", None, n=None, seed=0)[0]) == SIZE


def test_a_world_reads_no_data():
    with pytest.raises(BadInput, match=r"chains: is generated and reads no data; leave x\.csv out"):
        load("chains", data=Path("x.csv"))
