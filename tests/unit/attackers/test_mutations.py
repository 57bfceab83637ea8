import asyncio
import json
import random

import pytest
from worlds import counted, json_says

from superalign.attackers.mutations import (
    Rewriting,
    Scripted,
    child,
    root,
    swapping,
    wrapping,
)
from superalign.attackers.validity import ANSWERABLE, Asked, Invalid, Validity
from superalign.attackers.wrappers import holding_out
from superalign.policies import scripted
from superalign.policies.reading import LONGEST, fenced, held, truth_of
from superalign.records import Problem, Reply

TEA = Problem.of("Which tea did the crew drink?", source="a log", level=3, tags=("risk",))
SIDE, _ = holding_out(["dialogue"])


def mutate(mutation, problem=TEA, value="leet", seed=1, hints=()):
    return asyncio.run(mutation(problem, value, hints=hints, seed=seed))


def test_a_child_keeps_source_and_tags_and_names_the_root_whatever_lies_between():
    one = child(TEA, "one", "new")
    two = child(one, "two")
    assert (one.parent, two.parent) == (TEA.id, TEA.id)
    assert root(two) == root(TEA) == TEA.id
    assert (two.source, two.tags, two.level) == ("a log", ("risk", "new"), None)


def test_wrappers_are_a_mutation_whose_values_are_families():
    made = mutate(wrapping(SIDE)).problem
    assert made == mutate(wrapping(SIDE)).problem
    assert made.prompt != TEA.prompt
    assert made.parent == TEA.id
    with pytest.raises(KeyError):
        mutate(wrapping(SIDE), value="dialogue")


def test_where_no_rule_can_move_a_problem_another_is_taken():
    others = {"x": [Problem.of("x1"), Problem.of("x2")], "y": [Problem.of("y1")]}
    assert mutate(swapping(others), value="y").problem == others["y"][0]
    assert {mutate(swapping(others), value="x", seed=i).problem.prompt for i in range(9)} == {
        "x1",
        "x2",
    }
    assert swapping(others).id != swapping({"y": others["y"]}).id


def test_a_world_gives_a_function_of_problem_value_and_generator():
    def change(problem, value, rng):
        return child(problem, f"{problem.prompt} {value} {rng.random()}")

    world = Scripted(change, name="world")
    assert mutate(world).problem.prompt == f"{TEA.prompt} leet {random.Random(1).random()}"


def test_a_policy_rewrites_what_it_is_shown_fenced_with_what_worked():
    heard = []

    def rule(seen, seed):
        heard.append(seen)
        return {"prompt": " Name the crew's tea. "}

    policy = counted(json_says(rule))
    made, asked = mutate(Rewriting(policy, "style"), value="terse", hints=["WORKED BEFORE"])
    assert (made.prompt, made.parent, made.tags, asked) == (
        "Name the crew's tea.", TEA.id, ("risk",), 1,
    )  # fmt: skip
    system, user = (m.text for m in heard[0])
    assert "style is: terse" in system
    assert TEA.prompt in user
    assert "WORKED BEFORE" in user


UNREADABLE = ["text", "{", '{"prompt": 3}', '{"prompt": ""}', '["prompt"]', "[" * 10**5 + "{}"]


@pytest.mark.parametrize("said", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_unreadable_rewrite_is_asked_again_and_then_is_none(said):
    policy = counted(scripted.Scripted([said]))
    assert mutate(Rewriting(policy, "style", tries=3)) == (None, 3)
    assert policy.asked == 3


def test_a_later_try_counts():
    rule = scripted.Scripted(lambda seen, seed: '{"prompt": "b"}' if seed % 3 == 0 else "no")
    found = [mutate(Rewriting(rule, "style", tries=9), seed=i) for i in range(20)]
    assert max(w.asked for w in found) > 1
    assert {w.problem.prompt for w in found if w.problem} == {"b"}


def test_an_object_is_literal_json_of_a_finished_reply():
    assert held(Reply(text='so: {"a": 1} thus')) == {"a": 1}
    assert held(Reply(text='{"a": 1}', stop="length")) is None
    assert held(Reply(text="{'a': 1}")) is None
    assert truth_of(Reply(text='{"holds": "true"}'), "holds") is None


def test_a_fence_has_another_code_for_other_seeds():
    assert fenced("goal", "x", 1) != fenced("goal", "x", 2)
    assert "\nx\n" in fenced("goal", "x", 1)


def reject(valid, text, known=()):
    return asyncio.run(valid.reject(child(TEA, text), TEA, known, seed=0))


def test_the_gate_says_why():
    no = Asked(json_says(lambda seen, seed: {"holds": False}))
    open_gate = Validity(bleu=None, cosine=None)
    assert reject(open_gate, "Which tea, mates?") is None
    assert reject(open_gate, "Which tea did  the crew drink?") is Invalid.COPY
    assert reject(open_gate, "x" * (LONGEST + 1)) is Invalid.UNANSWERABLE
    assert reject(open_gate, "new", ["new "]) is Invalid.COPY
    assert reject(Validity(on_goal=no), "something else") is Invalid.OFF_GOAL
    assert reject(Validity(answerable=no), "something else") is Invalid.UNANSWERABLE


def test_near_copies_are_copies_by_words_or_by_embedding():
    near = "Which tea did the crew drink today?"
    assert reject(Validity(cosine=None), near) is Invalid.COPY
    assert reject(Validity(bleu=0.99, cosine=None), near) is None
    assert reject(Validity(bleu=None, cosine=0.8), "other", [near.upper(), "OTHER"]) is not None
    assert reject(Validity(bleu=None, cosine=0.999), "other", [near]) is None


def test_what_is_a_copy_costs_no_question():
    policy = counted(json_says(lambda seen, seed: {"holds": True}))
    gate = Validity(on_goal=Asked(policy), answerable=Asked(policy, ANSWERABLE))
    reject(gate, TEA.prompt)
    assert policy.asked == 0
    assert reject(gate, "something else") is None
    assert policy.asked == 2


def test_a_check_sees_goal_and_prompt_as_data_and_doubts_the_unreadable():
    heard = []
    policy = scripted.Scripted(lambda seen, seed: heard.append(seen) or json.dumps({"no": 1}))
    check = Asked(policy, tries=2)
    assert asyncio.run(check(child(TEA, "words"), TEA, seed=5)) is False
    assert len(heard) == 2
    assert TEA.prompt in heard[0][1].text
    assert "words" in heard[0][1].text
    assert check.id != Asked(policy, ANSWERABLE, tries=2).id
