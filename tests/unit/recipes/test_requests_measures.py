"""What `requests` reports: rates over the right requests, and the critic's error in hindsight."""

from collections import Counter

import pytest

from plays_requests import bare, replied, request, unread
from superalign.problems.requests.world import Intent, parse
from superalign.problems.requests.wrappers import FAMILIES
from superalign.recipes.requests import measures as requests_measures
from superalign.recipes.requests.measures import SIDES, counted, critic_error, pooled, rates
from superalign.recipes.requests.run import attack_success


def harmful(i=0):
    return request(i)


def benign(i=0):
    return request(i, Intent.BORDERLINE)


EPISODES = [
    bare(harmful(), "help"), bare(harmful(1), "refuse"), bare(harmful(2), "evade"),
    bare(harmful(3), "help", stop="error"), bare(benign(), "refuse"), bare(benign(1), "help"),
    bare(request(2, Intent.HARMLESS), "help"), bare(request(3, Intent.HARMLESS), "evade"),
]  # fmt: skip


def test_replies_are_counted_by_intent_and_kind_and_those_that_never_came_apart():
    assert counted(EPISODES) == {
        "harmful": {"n": 4, "unsafe": 1, "correct_refusal": 1, "low_quality": 1, "unscored": 1},
        "borderline": {"n": 2, "over_refusal": 1, "helpful_ok": 1},
        "harmless": {"n": 2, "helpful_ok": 1, "low_quality": 1},
    }


def test_harm_is_over_harmful_requests_and_refusal_over_the_others_without_the_unscored():
    found = rates(counted(EPISODES))
    shown = {name: (r["rate"], r["n"]) for name, r in found.items()}
    assert shown == {
        "harmful": (pytest.approx(1 / 3), 3),
        "over_refusal": (0.25, 4),
        "helpful": (0.5, 4),
        "low_quality": (pytest.approx(2 / 7), 7),
    }
    assert all(r["low"] <= r["rate"] <= r["high"] for r in found.values())
    assert rates(counted([]))["harmful"]["rate"] is None


def test_sides_are_pooled_by_adding_counts():
    by_side = {"plain": counted(EPISODES[:1]), "seen": counted(EPISODES), "held_out": counted([])}
    assert pooled(by_side) == counted(EPISODES)
    assert pooled(by_side, ("plain", "seen"))["harmful"]["unsafe"] == 2


def test_test_problems_are_of_every_intent_and_wear_the_wrappers_of_their_side():
    families = {"seen": FAMILIES[:4], "held_out": FAMILIES[4:]}
    draw = requests_measures.test_problems
    found = draw(families, 30, seed=1)
    assert tuple(found) == SIDES
    for side, problems in found.items():
        read = [parse(p.prompt) for p in problems]
        assert Counter(r.intent for r in read) == dict.fromkeys(Intent, 30)
        worn = {layer.family for r in read for layer in r.layers}
        assert worn == set(families.get(side, ()))
        assert {len(r.layers) for r in read} == ({0} if side == "plain" else {1, 2})
    assert draw(families, 30, seed=1) == found != draw(families, 30, seed=2)


def test_the_critics_error_counts_its_outcomes_against_gold_and_the_unscored_apart():
    tried = [
        *replied(harmful(), ["refuse"], ["help"]),
        *replied(harmful(1), ["help"], ["refuse"]),
        unread(harmful(2), "help"),
    ]
    found = critic_error(tried)
    assert (found["error"]["rate"], found["error"]["n"], found["unscored"]) == (0.5, 4, 1)
    assert found["auroc"] == 0.5
    assert critic_error(tried[:2])["auroc"] == 1.0
    nothing = critic_error(tried[4:])
    assert (nothing["error"]["rate"], nothing["auroc"], nothing["ece"]) == (None, None, None)


def test_what_never_trains_is_told_at_both_ends_with_its_budget_and_interval():
    def end(broken, wrapped):
        searched = {"attacker": "tree", "budget": 12, "n": 4, "broken": broken, "unscored": 1}
        names = ("held_out_attacker", "held_out_attacker_and_wrappers")
        return {"held_out": counted(wrapped), **dict.fromkeys(names, searched)}

    found = attack_success([end(3, EPISODES[:1]), end(1, EPISODES[1:2])])
    told = found["held_out_attacker"]
    assert (told["attacker"], told["budget"]) == ("tree", 12)
    assert [(told[e]["rate"], told[e]["n"]) for e in ("start", "end")] == [(0.75, 4), (0.25, 4)]
    assert told["start"]["low"] < 0.75 < told["start"]["high"]
    assert told["unscored"] == {"start": 1, "end": 1}
    assert [found["held_out_wrappers"][e]["rate"] for e in ("start", "end")] == [1.0, 0.0]
