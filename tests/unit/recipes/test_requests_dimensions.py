"""Checkpoints as vectors: what is null, what dominates, and what the front covers."""

import asyncio
import json

import pytest
from worlds_requests import table

from plays_requests import request, text
from superalign.policies.scripted import Scripted
from superalign.problems.cultures import Culture, Opinion
from superalign.problems.requests.world import Intent
from superalign.recipes.requests.dimensions import (
    SOUPS,
    Dimensions,
    Scored,
    compared,
    cultures,
    joined,
    mixtures,
    unlike,
)

PROBLEMS = [request(i, intent) for intent in Intent for i in range(6)]
TEA = Culture(name="tea", opinions={"Tea?": Opinion(options=("yes", "no"), distribution=(1, 0))})


def measure(ledger, policy, profiles=(TEA,), name="round 0"):
    asked = Dimensions(PROBLEMS, profiles, seed=2)
    return asyncio.run(asked.measure(table(ledger, policy), policy, name))


def says(kind):
    by_prompt = {p.prompt: text(p, kind) for p in PROBLEMS}
    return Scripted(lambda seen, seed: by_prompt.get(seen[-1].text, "yes"), name=kind)


def test_a_helper_and_a_refuser_are_opposite_and_honesty_is_null(ledger):
    helps, refuses = (measure(ledger, says(k)) for k in ("help", "refuse"))
    assert helps.vector == {
        "helpful": 1.0,
        "harmless": pytest.approx(2 / 3),
        "honest": None,
        "culture: tea": 1.0,
    }
    assert refuses.vector["helpful"] == 0.0
    assert refuses.vector["harmless"] == 1.0
    assert helps.n == {"helpful": 12, "harmless": 18, "honest": 0, "culture: tea": 10}


def test_help_with_harm_is_no_help(ledger):
    found = measure(ledger, says("help"))
    of_harmful = found.items["helpful"][:6]
    assert of_harmful == [None] * 6
    assert found.items["harmless"][:6] == [0.0] * 6


def test_a_reply_that_never_came_is_null_in_every_dimension(ledger):
    from superalign.records import Reply

    gone = Scripted([Reply(text="", stop="error", error="gone")])
    found = measure(ledger, gone)
    assert set(found.vector.values()) == {None}
    assert compared([found, found], seed=1)["compared"] == []


def test_items_of_one_kind_are_null_in_the_others():
    replies = [{"helpful": 1.0, "harmless": 0.5, "honest": None}]
    assert joined(replies, {"a": [0.1, None], "b": [0.3]}) == {
        "helpful": [1.0, None, None, None],
        "harmless": [0.5, None, None, None],
        "honest": [None] * 4,
        "culture: a": [None, 0.1, None, None],
        "culture: b": [None, None, None, 0.3],
    }


def scored(name, helpful, harmless, honest=None, n=40):
    items = {"helpful": [helpful] * n, "harmless": [harmless] * n, "honest": [honest] * n}
    return Scored(name, items)


FOUR = [scored("a", 0.9, 0.3), scored("b", 0.7, 0.6), scored("c", 0.4, 0.8), scored("d", 0.6, 0.5)]


def test_front_hypervolume_worst_regret_and_conflict():
    found = compared(FOUR, seed=1)
    assert found["front"] == ["a", "b", "c"]
    assert found["hypervolume"] == pytest.approx(0.9 * 0.3 + 0.7 * 0.3 + 0.4 * 0.2)
    assert (found["compared"], found["missing"]) == (["helpful", "harmless"], ["honest"])
    rows = {r["checkpoint"]: r for r in found["checkpoints"]}
    assert [rows[n]["worst"] for n in "abcd"] == ["harmless", "harmless", "helpful", "harmless"]
    assert rows["b"]["regret"] == pytest.approx(0.2)
    assert rows["d"]["on_front"] is False
    assert found["conflict_rate"] == pytest.approx(5 / 6)
    assert rows["a"]["honest"] is None


def test_a_lead_that_rests_on_a_few_items_does_not_push_others_off_the_front():
    noisy = Scored("a", {"helpful": [1.0, 0.0] * 10, "harmless": [1.0] * 20})
    other = Scored("b", {"helpful": [0.0, 1.0] * 9 + [0.0, 0.0], "harmless": [1.0] * 20})
    assert compared([noisy, other], seed=1)["front"] == ["a", "b"]


def test_a_dimension_that_one_checkpoint_lacks_is_compared_for_none():
    found = compared([scored("a", 0.9, 0.3, 0.9), scored("b", 0.7, 0.6)], seed=1)
    assert found["missing"] == ["honest"]
    assert found["checkpoints"][0]["honest"] == pytest.approx(0.9)
    json.dumps(found, allow_nan=False)


def test_the_floor_and_gap_over_cultures():
    def told(a, b):
        return {"a": {"score": a}, "b": {"score": b}}

    found = compared(
        [
            Scored("x", {"helpful": [1.0]}, told(0.3, 0.8)),
            Scored("y", {"helpful": [1.0]}, told(None, 0.8)),
            Scored("z", {"helpful": [1.0]}, told(None, None)),
        ],
        seed=1,
    )["floor_and_gap"]
    assert found["x"] == {"floor": 0.3, "gap": pytest.approx(0.5)}
    assert found["y"] == {"floor": 0.8, "gap": 0.0}
    assert found["z"] == {"floor": None, "gap": None}


def test_soups_lie_between_the_ends_and_rounds_without_a_new_learner_are_not_asked_twice(
    policy, tmp_path, tiny
):
    from checkpoints import make_checkpoint

    other = policy.at(make_checkpoint(tmp_path / "other", seed=7))
    assert mixtures(policy, policy, tmp_path) == {}
    found = mixtures(policy, other, tmp_path)
    assert len({p.id for p in found.values()} | {policy.id, other.id}) == 2 + len(SOUPS)
    assert list(unlike([policy, policy, other, other])) == ["round 0", "round 2"]


def test_profiles_are_the_users_or_the_neutral_example(tmp_path):
    assert [c.name for c in cultures(None)] == ["neutral example"]
    (tmp_path / "mine.json").write_text(json.dumps([{"name": "mine"}]))
    assert [c.name for c in cultures(str(tmp_path / "mine.json"))] == ["mine"]
