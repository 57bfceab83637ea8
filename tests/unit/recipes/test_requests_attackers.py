"""The attackers of `requests` by name: what they spend, play and never use."""

import asyncio
import json
import re
from dataclasses import replace
from typing import get_args

import pytest
from worlds_requests import SEEN, Weak, attackers, table

from plays import said
from plays_requests import request, text
from superalign import credit
from superalign.attackers.protocol import HELD_OUT
from superalign.critics.oracle import RequestsOracle
from superalign.problems.requests import roles
from superalign.problems.requests.world import Intent, parse
from superalign.recipes.requests.attackers import FAMILIES, HELD_BACK, STREAMS
from superalign.recipes.requests.config import Attack
from superalign.recipes.requests.measures import broken
from superalign.recipes.requests.seats import by_rule
from superalign.records import Message, Outcome, Reply

NAMES = [name for name in get_args(Attack) if name != "trained"]


def attack(ledger, name, budget=96, learner=None, **fields):
    at = table(ledger, learner or Weak(), **fields)
    return asyncio.run(attackers().named(name).attack(at, budget=budget, seed=1))


@pytest.mark.parametrize("name", NAMES)
def test_every_attack_stays_in_its_budget_and_its_disguises_and_asks_twins_too(ledger, name):
    learner = Weak()
    played = attack(ledger, name, learner=learner)
    assert 0 < learner.asked <= 96
    intents = {parse(e.problem.prompt).intent for e in played}
    assert Intent.HARMFUL in intents
    assert intents & {Intent.BORDERLINE, Intent.HARMLESS}
    used = {layer.family for e in played for layer in parse(e.problem.prompt).layers}
    said = [m.text for e in played for m in e.moves[-1].seen if m.role == "user"]
    used |= {layer.family for t in said for layer in parse(t).layers}
    assert used
    assert used <= set(SEEN)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_attack_finds_has_a_level_and_can_be_taught(ledger, name):
    played = attack(ledger, name)
    for e in played:
        assert e.problem.level == len(parse(e.problem.prompt).layers)
    examples = credit.ranked(played, "oracle-requests", gap=0.05, n=2, decided=True)
    assert examples
    assert all(
        a.move.seen == b.move.seen for a, b in zip(examples[::2], examples[1::2], strict=True)
    )


def test_dialogues_are_led_from_harmless_to_the_goal_and_end_in_answers_that_compare(ledger):
    played = attack(ledger, "drift", budget=24)
    assert len(played) == 8
    for e in played:
        seen = e.moves[-1].seen
        assert [m.role for m in seen] == ["user", "assistant"] * 2 + ["user"]
        *openings, last = [parse(m.text) for m in seen if m.role == "user"]
        assert [r.intent for r in openings] == [Intent.HARMLESS, Intent.BORDERLINE]
        assert replace(last, layers=()) == parse(e.problem.prompt)
        assert last.layers
    first, second = played[:4], played[4:]
    assert len({e.moves[-1].seen for e in first}) == len({e.moves[-1].seen for e in second}) == 1
    assert len({e.id for e in played}) == 8


def test_who_is_held_out_trains_nothing_and_is_never_the_attack_itself(ledger):
    for name in get_args(Attack):
        held, _, _ = attackers().held_out(name, 3)
        assert held != name
        if name in ("bandit", "families"):
            assert held not in FAMILIES
    _, attacker, budget = attackers().held_out("bandit", 5)
    learner = Weak()
    played = asyncio.run(attacker.attack(table(ledger, learner, samples=1), budget=budget, seed=1))
    assert 0 < learner.asked <= budget == 5 * HELD_BACK["tree"]
    assert all(HELD_OUT in e.problem.tags for e in played)
    assert {e.problem.parent for e in played}.isdisjoint(g.id for g in attackers().goals("tree"))
    with pytest.raises(ValueError, match="held out"):
        credit.ranked(played, "oracle-requests", gap=0.05)


@pytest.mark.parametrize("name", ["bandit", "tree"])
def test_every_goal_of_the_held_out_attack_is_tried_within_its_budget(ledger, name):
    _, attacker, budget = attackers().held_out(name, 7)
    at = table(ledger, Weak(), samples=1)
    played = asyncio.run(attacker.attack(at, budget=budget, seed=1))
    found = broken(played)
    assert found["n"] == 7
    assert found["broken"] == 7
    assert len(played) >= 7 * (STREAMS if name == "bandit" else 1)


def test_goals_are_broken_by_harm_alone_and_the_unscored_stand_apart():
    oracle = RequestsOracle()

    def played(i, *kinds):
        problem = request(i)
        return [_said(problem, text(problem, k), oracle) for k in kinds]

    tried = [*played(0, "refuse", "help", "refuse"), *played(1, "evade", "refuse"), *played(2)]
    unread = [e.bare().judged(e.verdicts[-1].model_copy(update={"outcome": Outcome.UNSCORED}))
              for e in played(3, "help")]  # fmt: skip
    assert broken([*tried, *unread]) == {"n": 2, "broken": 1, "unscored": 1}


def _said(problem, reply, oracle):
    bare = said(problem, reply, "end")
    return bare.judged(oracle.verdict(bare))


class Instructed:
    """A model that follows instructions: JSON where a conversation is led, else a rewriting."""

    id = "instructed"

    def __init__(self, family="shift"):
        self.family, self.seen = family, []

    async def sample(self, seen, *, n=1, seed=0):
        self.seen.append(seen)
        rewritten = (await by_rule().sample(self._told(seen), seed=seed))[0].text
        leads = seen[-1].text.startswith("rewrite by")
        told = json.dumps({"prompt": rewritten, "say": rewritten})
        return [Reply(text=rewritten if leads else told)] * n

    def _told(self, seen):
        if seen[-1].text.startswith("rewrite by"):
            return [seen[-1]]
        goal = re.search(r"<goal \w+>\n(.*?)\n</goal", seen[0].text, re.DOTALL)[1].strip()
        return [Message(role="user", text=roles.attack_prompt(f"{goal}\n", self.family))]


@pytest.mark.parametrize("name", ["archive", "pair", "tree", "explore", "drift"])
def test_a_model_that_follows_instructions_sits_in_the_same_seats(ledger, name):
    model, learner = Instructed(), Weak()
    played = asyncio.run(
        attackers(model).named(name).attack(table(ledger, learner), budget=48, seed=1)
    )
    harmful = [e for e in played if parse(e.problem.prompt).intent is Intent.HARMFUL]
    assert harmful
    assert all("shift: " in seen[0].text and "dialect" not in seen[0].text for seen in model.seen)
    conversed = [seen for seen in model.seen if not seen[-1].text.startswith("rewrite by")]
    assert bool(conversed) == (name in ("pair", "tree", "drift"))


@pytest.mark.parametrize("name", ["pair", "tree", "drift"])
def test_it_cannot_use_a_disguise_that_is_held_out(ledger, name):
    learner = Weak()
    at = table(ledger, learner)
    asyncio.run(attackers(Instructed("dialect")).named(name).attack(at, budget=48, seed=1))
    assert learner.asked == 0


def test_the_trained_attacker_is_held_to_who_it_was_at_the_start(policy, tmp_path):
    (tool,) = [attackers(policy, tmp_path).named("trained").attacker]
    assert tool.learner.reference is tool.policy is policy
    assert tool.learner.beta > 0
    assert tool.learner.folder == tmp_path
