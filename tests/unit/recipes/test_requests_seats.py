"""Who sits in the attacker's seat of `requests`, what it is asked, and what of it is refused."""

import asyncio
import random

import pytest

from plays_requests import request
from superalign.attackers.scoring import Estimate, Shot
from superalign.attackers.threads import Thread, Written
from superalign.errors import BadInput
from superalign.policies.scripted import Scripted
from superalign.problems.requests import roles, world
from superalign.problems.requests.world import parse
from superalign.recipes.requests.config import requests
from superalign.recipes.requests.run import check_attacker
from superalign.recipes.requests.seats import (
    SCRIPTED,
    Deepening,
    Disguiser,
    Kept,
    by_rule,
    families_of,
    open_attacker,
    recast,
)
from superalign.records import Reply

SEEN = ("role_play", "authority", "shift", "splitting")
GOAL = request(families=())


def seat(policy=None):
    return Disguiser(policy or by_rule(), SEEN)


def written(said, goal=GOAL):
    return asyncio.run(seat(Scripted([said]))(goal, "wrapper:shift", seed=1)).problem


def wrapped(problem, *families):
    return world.wrap(problem, families, random.Random(3))


def test_what_an_attacker_reads_can_be_read_back():
    text = roles.attack_prompt(GOAL.prompt, "shift")
    assert roles.read_attack_prompt(text) == ("shift", GOAL.prompt)
    with pytest.raises(ValueError, match="not what an attacker reads"):
        roles.read_attack_prompt(GOAL.prompt)


@pytest.mark.parametrize("family", SEEN)
def test_the_scripted_attacker_wraps_as_it_is_told_and_keeps_level_tags_and_newline(family):
    made = asyncio.run(seat()(GOAL, f"wrapper:{family}", seed=1)).problem
    assert families_of(made.prompt) == [family]
    assert made.prompt.endswith("\n")
    assert made.level == 1
    assert f"wrapper:{family}" in made.tags
    assert made.parent == GOAL.id


def test_a_request_in_two_disguises_starts_over_and_remembers_its_root():
    once = asyncio.run(seat()(GOAL, "wrapper:shift", seed=1)).problem
    twice = asyncio.run(seat()(once, "wrapper:role_play", seed=1)).problem
    again = asyncio.run(seat()(twice, "wrapper:authority", seed=1)).problem
    assert [families_of(p.prompt) for p in (twice, again)] == [
        ["shift", "role_play"],
        ["authority"],
    ]
    assert (twice.level, again.level) == (2, 1)
    assert {twice.parent, again.parent} == {GOAL.id}


def test_a_disguise_that_only_measures_is_refused_whoever_writes_it():
    assert written(wrapped(GOAL, "shift").prompt) is not None
    assert written(wrapped(GOAL, "dialect").prompt) is None
    assert written(wrapped(GOAL, "dialect", "shift").prompt) is None


def test_another_request_and_no_request_are_no_rewriting():
    assert written(wrapped(request(1, families=()), "shift").prompt) is None
    assert written(wrapped(world.twin(GOAL, random.Random(0)), "shift").prompt) is None
    assert written("bananas") is None
    cut = Scripted([Reply(text=wrapped(GOAL, "shift").prompt, stop="length")])
    assert asyncio.run(seat(cut)(GOAL, "wrapper:shift", seed=1)).problem is None


def test_the_check_before_a_query_says_the_same():
    def ok(text):
        return asyncio.run(Kept(SEEN)(recast(GOAL, text), GOAL, seed=0))

    assert ok(wrapped(GOAL, "shift").prompt)
    assert not ok(wrapped(GOAL, "reversal").prompt)
    assert not ok(wrapped(request(1, families=()), "shift").prompt)
    assert not ok("bananas")


def test_a_model_that_follows_instructions_is_told_the_language_and_never_of_other_disguises():
    plain, chat = seat(), seat(type("Chat", (), {"id": "chat"})())
    assert [m.role for m in plain.asked(GOAL.prompt, "shift")] == ["user"]
    told, said = chat.asked(GOAL.prompt, "shift")
    assert said == plain.asked(GOAL.prompt, "shift")[0]
    assert all(f"{f}: " in told.text for f in SEEN)
    assert "dialect" not in told.text
    assert "reversal" not in told.text


def thread_after(rate, families=("shift",), tactic="role play"):
    made = wrapped(GOAL, *families)
    episode = type("E", (), {"final": Reply(text="x")})
    shot = Shot(made, [episode], Estimate(rate, 1), rate == 1)
    start = Thread(GOAL, tactic)
    return start.after(Written(start, (0,), "x", made, 1), shot, keep=4, seed=0)


def asks(thread, seed=0):
    (message,) = Deepening(seat()).seen(thread, seed=seed)
    return roles.read_attack_prompt(message.text)


def test_a_thread_builds_on_what_broke_the_learner_and_leaves_what_did_not():
    broke, held = thread_after(1.0), thread_after(0.0)
    assert asks(broke)[1] == broke.exchanges[0].prompt
    assert asks(held)[1] == GOAL.prompt
    for thread in (broke, held):
        assert {asks(thread, s)[0] for s in range(20)} == set(SEEN) - {"shift"}
    assert asks(thread_after(1.0, ("shift", "role_play")))[1] == GOAL.prompt


def test_a_tactic_that_names_a_disguise_begins_with_it():
    assert {asks(Thread(GOAL, "role play"), s)[0] for s in range(9)} == {"role_play"}
    assert {asks(Thread(GOAL, "authority"), s)[0] for s in range(9)} == {"authority"}
    assert len({asks(Thread(GOAL, "argument"), s)[0] for s in range(20)}) == len(SEEN)


def test_text_that_is_no_request_stays_for_a_check_to_refuse():
    assert recast(GOAL, "bananas", "argument").prompt == "bananas"
    made = recast(GOAL, wrapped(GOAL, "shift").prompt.strip(), "argument")
    assert parse(made.prompt).layers[0].family == "shift"
    assert made.tags[-1] == "argument"


def test_any_name_of_a_model_is_opened_by_the_door_of_all_seats(tiny, tmp_path):
    cache = tmp_path / "replies.db"
    assert open_attacker(SCRIPTED, base_url=None, cache=cache).id == by_rule().id
    assert open_attacker(str(tiny), base_url=None, cache=cache).folder == tiny
    remote = open_attacker("openai/any", base_url="http://127.0.0.1:9", cache=cache)
    assert (remote.model, remote.base_url) == ("openai/any", "http://127.0.0.1:9")


def test_who_cannot_attack_is_one_line_before_anything_is_written(tiny):
    check_attacker(requests("smoke"))
    check_attacker(requests("smoke", attacker="openai/any"))
    check_attacker(requests("smoke", attack="trained", attacker=str(tiny)))
    for fields in ({}, {"attacker": "openai/any"}):
        with pytest.raises(BadInput, match="'attack' is 'trained'"):
            check_attacker(requests("smoke", attack="trained", **fields))
    with pytest.raises(BadInput):
        check_attacker(requests("smoke", attacker="./nothing-there"))
