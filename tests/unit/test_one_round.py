"""One round of the loop, played by scripts: what comes after what, and what is handed on."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from plays import verdict
from superalign.attackers.seeds import Seeds
from superalign.critics import Calibratable
from superalign.critics.calibrated import Calibrated
from superalign.games import Solo
from superalign.loop import Lesson, Loop, State
from superalign.oversight.gate import Decision
from superalign.oversight.overseer import ANYWHERE, Overseer
from superalign.oversight.people import People
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Example, Outcome, Problem

PROBLEMS = [Problem.of(f"p{i}", level=i % 2) for i in range(20)]


class Truth:
    """Knows that replies which end in a stop are right."""

    def __init__(self, log):
        self.log = log

    def verdict(self, episode):
        self.log.append(("label", episode.id))
        return verdict("truth", episode.final.text.endswith("."))


class Critic:
    """Is .6 sure of everything, and leaves `?` unscored."""

    id = "critic"

    def __init__(self, log):
        self.log = log

    async def judge(self, episodes):
        self.log.append(("judge", len(episodes)))
        return [
            verdict("critic", Outcome.UNSCORED) if e.final.text == "?" else
            verdict("critic", True, 0.6)
            for e in episodes
        ]  # fmt: skip


@dataclass
class Told(Progress):
    stages: list = field(default_factory=list)

    def begin(self, stage, total=None):
        self.stages.append(stage)


class Rounds:
    """A loop whose parts write down that they were called, and with what."""

    def __init__(self, ledger, *, promote=(True,), audits=4, calibrated=True, milder=None):
        self.log, self.promote, self.tables = [], list(promote), []
        people = People(Truth(self.log), levels=None, budget=100, noise=0.0, seed=0)
        critic = Critic(self.log)
        self.critic = Calibrated(critic) if calibrated else critic
        self.first = Scripted(["yes.", "no"], name="first")
        self.loop = Loop(
            ledger=ledger,
            game=Solo(),
            attacker=self,
            teach=self.teach,
            learner=self,
            overseer=Overseer(people=people, seed=0, shares=ANYWHERE, fit=self.fit),
            gate=self.gate,
            milder=milder,
            measure=self.measure,
            progress=Told(),
            budget=20,
            samples=2,
            audits=audits,
            seed=3,
        )

    async def attack(self, table, *, budget, seed):
        self.log.append(("attack", table.learner.id, budget, seed))
        return await Seeds(PROBLEMS).attack(table, budget=budget, seed=seed)

    def fit(self, scores, right):
        self.log.append(("calibrate", len(scores)))
        return Half()

    async def teach(self, table, tried, memory, *, seed):
        self.log.append(("teach", memory, seed))
        self.tables.append((table, tried))
        examples = [Example(move=e.moves[-1], weight=1.0, problem=e.problem.id) for e in tried]
        return Lesson(examples, 5, f"{memory}+")

    def improve(self, policy, examples, *, seed=0):
        self.log.append(("learn", policy.id, len(examples), seed))
        return Scripted(["yes."], name=f"{policy.id} better")

    async def gate(self, table, learner, candidate):
        self.log.append(("gate", learner.id, candidate.id))
        return Decision(self.promote.pop(0), ("because",))

    async def measure(self, policy, number):
        self.log.append(("measure", policy.id, number))
        return {"of": policy.id}

    def run(self, rounds=1):
        async def all_rounds():
            state, found = State(self.first, self.critic, memory="m"), []
            for number in range(1, rounds + 1):
                state, done = await self.loop.round(state, number)
                found.append(done)
            return state, found

        return asyncio.run(all_rounds())

    def steps(self):
        """Return the log's first words, repeats in a row once."""
        words = [entry[0] for entry in self.log]
        return [w for i, w in enumerate(words) if i == 0 or words[i - 1] != w]


@dataclass(frozen=True)
class Half:
    """Halves every score."""

    id: str = "half"

    def __call__(self, scores):
        return [s / 2 for s in scores]


def test_a_round_attacks_judges_asks_people_calibrates_teaches_learns_gates_and_measures(ledger):
    rounds = Rounds(ledger)
    rounds.run()
    assert rounds.steps() == [
        "attack", "judge", "label", "calibrate", "teach", "learn", "gate", "measure",
    ]  # fmt: skip
    assert [s.partition(": ")[2] for s in rounds.loop.progress.stages if ":" in s] == [
        "attack, answer, judge", "learn", "measure",
    ]  # fmt: skip


def test_a_promoted_candidate_is_measured_and_plays_the_next_round(ledger):
    rounds = Rounds(ledger, promote=[True, True])
    state, (one, two) = rounds.run(2)
    attacks = [entry[1] for entry in rounds.log if entry[0] == "attack"]
    assert attacks == [rounds.first.id, one.learner.id]
    assert one.measured == {"of": one.learner.id} != {"of": rounds.first.id}
    assert state.learner is two.learner
    assert (one.number, two.number) == (1, 2)


def test_a_candidate_that_fails_the_gate_is_rolled_back_and_the_round_recorded(ledger):
    rounds = Rounds(ledger, promote=[False, True])
    state, (one, two) = rounds.run(2)
    assert one.learner is rounds.first
    assert not one.decision.promoted
    assert one.decision.reasons == ("because",)
    assert one.measured == {"of": rounds.first.id}
    learnt = [entry[1] for entry in rounds.log if entry[0] == "learn"]
    assert learnt == [rounds.first.id, rounds.first.id]
    assert state.learner is two.learner is not rounds.first


def middle(learner, candidate):
    return Scripted(["yes."], name=f"between {learner.id} and {candidate.id}")


@pytest.mark.parametrize("promoted", [True, False])
def test_a_milder_candidate_is_tried_once_where_the_gate_refused_and_gated_like_any(
    ledger, promoted
):
    rounds = Rounds(ledger, promote=[False, promoted], milder=middle)
    state, (one,) = rounds.run()
    gated = [entry[1:] for entry in rounds.log if entry[0] == "gate"]
    between = middle(rounds.first, Scripted(["yes."], name=f"{rounds.first.id} better")).id
    assert [learner for learner, _ in gated] == [rounds.first.id] * 2
    assert gated[1][1] == between != gated[0][1]
    assert state.learner.id == (between if promoted else rounds.first.id)
    assert one.decision.promoted is promoted


def test_what_passes_the_gate_is_not_made_milder(ledger):
    rounds = Rounds(ledger, milder=middle)
    rounds.run()
    assert len([entry for entry in rounds.log if entry[0] == "gate"]) == 1


@pytest.mark.parametrize("promoted", [True, False])
def test_what_a_round_remembers_is_handed_on_unread_whether_it_is_promoted_or_not(ledger, promoted):
    rounds = Rounds(ledger, promote=[promoted, True])
    state, (one, _) = rounds.run(2)
    assert [entry[1] for entry in rounds.log if entry[0] == "teach"] == ["m", "m+"]
    assert state.memory == "m++"
    assert one.examples == 5


def test_people_see_what_was_routed_and_nothing_else(ledger):
    rounds = Rounds(ledger, promote=[True, True], audits=4)
    _, (one, two) = rounds.run(2)
    seen = [entry[1] for entry in rounds.log if entry[0] == "label"]
    assert len(seen) == len(set(seen)) == 8
    assert set(seen) == set(rounds.loop.overseer.labels) == set(rounds.loop.overseer.inclusion)
    assert set(seen[:4]) <= {e.id for e in one.tried}
    assert set(seen[4:]) <= {e.id for e in two.tried}
    assert sum(one.labels.values()) == 4
    assert sum(two.labels.values()) == 8


def test_without_audits_nobody_is_asked(ledger):
    rounds = Rounds(ledger, audits=0)
    _, (one,) = rounds.run()
    assert "label" not in rounds.steps()
    assert one.labels == {}


def test_credit_sees_the_recalibrated_verdicts_and_the_next_round_starts_from_them(ledger):
    rounds = Rounds(ledger, promote=[True, True])
    state, (one, _) = rounds.run(2)
    assert isinstance(rounds.critic, Calibratable)
    table, tried = rounds.tables[0]
    assert tried == one.tried
    assert {(e.verdicts[-1].confidence, e.verdicts[-1].raw) for e in tried} == {(0.3, 0.6)}
    assert {v.critic for e in tried for v in e.verdicts} == {table.critic.id}
    assert table.critic.id == state.critic.id != rounds.critic.id
    assert [entry[1] for entry in rounds.log if entry[0] == "calibrate"] == [4, 8]


def test_a_critic_that_cannot_be_calibrated_stays_as_it_is(ledger):
    rounds = Rounds(ledger, calibrated=False)
    state, (one,) = rounds.run()
    assert state.critic is rounds.critic
    assert "calibrate" not in rounds.steps()
    assert {e.verdicts[-1].confidence for e in one.tried} == {0.6}


def test_rounds_have_seeds_of_their_own_and_the_same_again(ledger, tmp_path):
    rounds = Rounds(ledger, promote=[True] * 2)
    rounds.run(2)
    seeds = [entry[-1] for entry in rounds.log if entry[0] in ("attack", "teach", "learn")]
    assert seeds[:3] == seeds[:1] * 3
    assert len(set(seeds)) == 2
    again = Rounds(ledger, promote=[True] * 2)
    again.run(2)
    assert [e for e in again.log if e[0] != "judge"] == [e for e in rounds.log if e[0] != "judge"]
    assert "judge" not in again.steps()


def test_a_round_counts_what_the_critic_could_not_judge(ledger):
    rounds = Rounds(ledger)
    rounds.first = Scripted(["?", "yes."], name="mumbling")
    _, (one,) = rounds.run()
    assert one.unscored == 10
    assert len(one.tried) == 20


def test_the_table_of_a_round_is_the_loops(ledger):
    rounds = Rounds(ledger)
    rounds.run()
    table, _ = rounds.tables[0]
    asked = rounds.loop.table(rounds.first, table.critic)
    assert replace(asked, progress=table.progress) == table
