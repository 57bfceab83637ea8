"""The attacker that learns: its rewards, its advantages, and the tiny organism trained on them."""

import asyncio
import json
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from worlds import counted, failing, json_says, table

from superalign.attackers.held_out import HeldOut
from superalign.attackers.mutations import child
from superalign.attackers.policy import TrainedAttacker
from superalign.attackers.rewards import Repeats, Rewards, repeats
from superalign.attackers.validity import Validity
from superalign.learners.reinforce import Reinforce
from superalign.learners.sft import Sft
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted
from superalign.records import Message, Outcome, Problem, Verdict

PARENTS = [Problem.of(f"p{i}", tags=("risk",)) for i in range(4)]
OPEN = Validity(bleu=None, cosine=None)


def test_the_gate_multiplies_so_that_nothing_makes_up_for_an_invalid_attack():
    rewards = Rewards(learnability=0.5, batch=0.5, bleu=0.0, cosine=0.0)
    assert rewards.of(1.0, Repeats(), valid=True) == 1.0
    assert rewards.of(0.5, Repeats(), valid=True) == 1.0
    assert rewards.of(1.0, Repeats(), valid=False, severity=100) == 0.0
    assert rewards.of(None, Repeats(batch=1.0), valid=False) == -0.5
    assert rewards.of(1.0, Repeats(batch=0.5), valid=True, severity=3) == 2.75


def test_a_valid_attack_that_nobody_scored_has_no_reward():
    assert Rewards().of(None, Repeats(), valid=True) is None


def test_repetition_costs_words_meaning_and_share_of_the_batch():
    rewards = Rewards(learnability=0, batch=0.1, bleu=0.2, cosine=0.3)
    assert rewards.of(1.0, Repeats(1, 1, 1), valid=True) == pytest.approx(0.4)


def test_repeats_are_told_within_the_batch_and_against_history():
    said = ["the very same words here", "the very same words here", "other things were said"]
    same, again, other = repeats(said, ["other things were said"])
    assert (same.batch, again.batch, other.batch) == (2 / 3, 2 / 3, 1 / 3)
    assert other.bleu == pytest.approx(1.0)
    assert other.cosine == pytest.approx(1.0)
    assert same.cosine < 0.4
    assert repeats(said[:1], []) == [Repeats(batch=1.0)]
    assert repeats([], said) == []


class Notes:
    """A learner that notes what it is given and changes nothing."""

    def __init__(self):
        self.given = []

    def improve(self, policy, examples, *, seed=0):
        self.given.append(list(examples))
        return policy


def attacker(policy=None, learner=None, **fields):
    says = json_says(lambda seen, seed: {"problem": f"{'bad' if seed % 2 else 'good'} {seed}"})
    return TrainedAttacker(
        policy=policy or says,
        learner=learner or Notes(),
        **{"parents": PARENTS, "valid": OPEN, **fields},
    )


LEARNER = failing(lambda p: float(p.startswith("bad")))


def run(tool, at, budget, seed=0):
    return asyncio.run(tool.attack(at, budget=budget, seed=seed))


def test_moves_that_broke_the_learner_weigh_more_than_their_siblings(ledger):
    notes = Notes()
    played = run(attacker(learner=notes, group=8, waves=1), table(ledger, LEARNER, 1), 32)
    assert len(played) == 32
    (examples,) = notes.given
    for e in examples:
        assert (e.weight > 0) == ("bad" in e.move.reply.text)
        assert e.move.seat == "attacker"
        assert e.problem in {p.id for p in PARENTS}
    assert abs(sum(e.weight for e in examples)) < 1e-9
    for parent in {e.problem for e in examples}:
        group = [e.weight for e in examples if e.problem == parent]
        assert stdev([*group, *[0.0] * (8 - len(group))]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("budget", [0, 7, 8, 33, 128])
def test_the_budget_is_never_passed(ledger, budget):
    learner = counted(failing(lambda p: 0.5))
    played = run(attacker(), table(ledger, learner, 2), budget)
    assert len(played) == learner.asked <= budget
    assert budget < 32 or learner.asked > budget / 2


def test_the_invalid_are_not_played_and_pull_the_attacker_away(ledger):
    mute = Scripted(
        lambda seen, seed: json.dumps({"problem": f"bad {seed}"}) if seed % 2 else "mute"
    )
    notes = Notes()
    tool = attacker(mute, notes, waves=1, group=8)
    played = run(tool, table(ledger, LEARNER, 1), 32)
    assert 0 < len(played) < 32
    assert tool.tally["invalid: unreadable"] == 32 - len(played) == tool.told[0].invalid
    assert all((e.weight < 0) == (e.move.reply.text == "mute") for e in notes.given[0])


def test_the_unscored_teach_nothing_and_are_counted(ledger):
    notes = Notes()
    tool = attacker(learner=notes)
    played = run(tool, table(ledger, Scripted(["unclear"]), 1), 32)
    assert {e.verdicts[-1].outcome for e in played} == {Outcome.UNSCORED}
    assert notes.given == []
    assert sum(w.unscored for w in tool.told) == len(played)
    assert {w.reward for w in tool.told} == {None}


def test_at_a_held_out_table_nothing_is_learnt(ledger):
    notes = Notes()
    assert run(HeldOut(attacker(learner=notes)), table(ledger, LEARNER, 1), 64)
    assert notes.given == []


def test_the_learner_under_attack_stands_still_while_the_attacker_learns(ledger):
    played = run(attacker(), table(ledger, LEARNER, 1), 64)
    assert {m.policy for e in played for m in e.moves} == {LEARNER.id}


class Capitals:
    """A critic by the share of capital letters in what the learner was told."""

    id = "capitals"

    async def judge(self, episodes):
        return [self._verdict(e.problem.prompt) for e in episodes]

    def _verdict(self, said):
        share = sum(c.isupper() for c in said) / max(8, len(said))
        return Verdict(critic=self.id, outcome=Outcome.FAIL, confidence=1 - share)


def organism(policy, folder):
    return TrainedAttacker(
        policy=policy,
        learner=Sft(folder=folder, steps=40, lr=5e-3),
        parents=PARENTS[:3],
        valid=OPEN,
        prompted=lambda p: [Message(role="user", text=p.prompt)],
        read=lambda reply, parent: child(parent, reply.text) if reply.text.strip() else None,
        rewards=Rewards(learnability=0.0),
        group=16,
        waves=4,
    )


def test_the_reward_of_the_tiny_organism_rises_and_a_killed_run_learns_the_same(policy, tmp_path):
    told = []
    for _ in range(2):
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            tool = organism(policy, tmp_path / "policies")
            learner = counted(Scripted(["fine"]))
            at = replace(table(ledger, learner, 1), critic=Capitals())
            played = run(tool, at, 4 * 48)
            told.append(([e.id for e in played], tool.told, tool.policy.id))
    rewards = [w.reward for w in tool.told]
    assert fmean(rewards[-2:]) > rewards[0] + 0.1, rewards
    assert len({w.policy for w in tool.told}) == 4
    assert told[0] == told[1]
    assert learner.asked == 0


def divergence(policy, start, replies):
    """Mean size of the change in what the start's own replies are worth, in nats."""
    seen = [Message(role="user", text="p0")]
    changes = (sum(p.logprobs(seen, r)) for r in replies for p in (policy, start))
    now, was = zip(*[(a, b) for a, b in zip(changes, changes, strict=True)], strict=True)
    return fmean(abs(a - b) for a, b in zip(now, was, strict=True))


def trained(start, folder, *, beta):
    tool = organism(start, folder)
    tool.learner = Reinforce(folder=folder, steps=8, lr=5e-3, beta=beta, reference=start)
    with Ledger.open(folder / "run", {}, seed=0) as ledger:
        at = replace(table(ledger, Scripted(["fine"]), 1), critic=Capitals())
        run(tool, at, 4 * 48)
    return tool.policy


def test_a_penalty_keeps_the_attacker_near_where_it_started_over_all_waves(policy, tmp_path):
    said = asyncio.run(policy.sample([Message(role="user", text="p0")], n=8, seed=4))
    replies = [r.text for r in said if r.text]
    free, held = (
        divergence(trained(policy, tmp_path / str(beta), beta=beta), policy, replies)
        for beta in (0.0, 5.0)
    )
    assert held < free / 3
