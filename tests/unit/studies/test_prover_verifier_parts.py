"""The parts of the study prover-verifier: pools, groups, phases, attacks."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest
from provers import LUCKY, OTHER, PROBLEM, RIGHT, WRONG, proven

from superalign.errors import BadInput
from superalign.games.prover_verifier import MARKS
from superalign.learners.reinforce import Reinforce
from superalign.ledger import Ledger
from superalign.measures.roles import src
from superalign.progress import Progress
from superalign.studies import claims
from superalign.studies.prover_verifier import (
    attacks,
    game,
    lessons,
    pool,
    pressing,
    prover_verifier,
    school,
    summary,
    teaching,
)
from superalign.studies.prover_verifier import claims as claimed
from superalign.studies.prover_verifier.pool import Solution
from superalign.studies.prover_verifier.proofs import Truth, sampled, truth, valued, worked
from superalign.studies.prover_verifier.provers import Trained

SMOKE = prover_verifier("smoke")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"levels": ()}, "'levels' must name one"),
        ({"best_of": (3,)}, "every size of 'best_of' must be even"),
        ({"solutions": 5}, "'solutions'"),
        ({"rounds": 3, "solutions": 4}, "'solutions' is 4"),
        ({"reward": "goodhart"}, "reward"),
        ({"problems": 3}, "problems"),
        ({"examples": 3}, "'examples'"),
        ({"variant": "decoupled", "reward": "cgc"}, "'reward' is cgc"),
    ],
)
def test_what_cannot_be_studied_is_one_line(fields, line):
    with pytest.raises(BadInput) as found:
        prover_verifier("smoke", **fields)
    assert line in str(found.value)


def test_a_wrong_solution_states_an_answer_and_right_means_every_step():
    assert truth(proven(RIGHT)) == Truth(True, False, True)
    assert truth(proven(LUCKY)) == Truth(False, False, True)
    assert truth(proven(WRONG)) == Truth(False, True, False)
    for text, stop in (("b=k*7", "end"), ("", "end"), (RIGHT, "length"), (WRONG, "length")):
        assert truth(proven(text, stop=stop)) == Truth(False, False, False)
    assert truth(worked(PROBLEM)).right


def test_no_problem_is_in_two_parts():
    found = school.parts(prover_verifier("smoke", levels=(1, 2), test=5), 3)
    parts = (found.taught, found.prover, found.verifier, found.test)
    assert [len(p) for p in parts] == [16, 8, 8, 10]
    ids = [p.id for part in parts for p in part]
    assert len(set(ids)) == len(ids)
    assert Counter(p.level for p in found.test) == {1: 5, 2: 5}
    assert found == school.parts(prover_verifier("smoke", levels=(1, 2), test=5), 3)
    assert found.test != school.parts(prover_verifier("smoke", levels=(1, 2), test=5), 4).test


def source(right, wrong, role=None, name="s"):
    return [Solution(f"{name}{i}", True, role) for i in range(right)] + [
        Solution(f"{name}x{i}", False, role) for i in range(wrong)
    ]


def test_every_source_is_half_right_and_later_rounds_replace_the_bases_share():
    rng = random.Random(1)
    base = source(9, 9, name="b")
    first = [*source(5, 2, "helpful", "h"), *source(2, 5, "sneaky", "n")]
    for earlier, of_base in (([], 8), ([first], 4), ([first, first], 4), ([first] * 3, 2)):
        found = pool.mixed(base, earlier, 8, rng)
        assert len(found) == 8
        assert sum(s.right for s in found) == 4
        assert sum(s.role is None for s in found) == of_base
        assert sum(s.right for s in found if s.role is None) == of_base // 2
    lame = source(5, 0, "helpful", "h")
    assert all(s.role is None for s in pool.mixed(base, [lame], 8, rng))
    assert len(pool.mixed(source(1, 9), [], 8, rng)) == 2


def test_roles_are_balanced_within_right_and_within_wrong():
    mixed = [*source(6, 6, "helpful", "h"), *source(6, 6, "sneaky", "n")]
    for seed in range(20):
        found = pool.balanced(mixed, 4, random.Random(seed))
        assert Counter((s.role, s.right) for s in found) == {
            (role, right): 2 for role in ("helpful", "sneaky") for right in (True, False)
        }
    scarce = [*source(6, 1, "helpful", "h"), *source(0, 6, "sneaky", "n")]
    found = Counter((s.role, s.right) for s in pool.balanced(scarce, 4, random.Random(0)))
    assert found == {("helpful", True): 4, ("helpful", False): 1, ("sneaky", False): 3}


def test_the_verifiers_lesson_names_no_role_and_no_source():
    found = pool.lesson(PROBLEM, source(1, 2, "sneaky"))
    assert (found.right, found.wrong) == (("s0",), ("sx0", "sx1"))
    assert [m.text for m in found.seen] == [PROBLEM.prompt]


def test_what_states_no_answer_is_in_no_pool():
    said = [proven(RIGHT), proven(WRONG, "sneaky"), proven("b=k", "sneaky"), proven(LUCKY)]
    (found,) = game._by_problem(said).values()
    assert [(s.right, s.role) for s in found] == [
        (True, "helpful"),
        (False, "sneaky"),
        (False, "helpful"),
    ]


def played(role, rows):
    episodes = [proven(t, role, p, i) for i, (p, t, _) in enumerate(rows)]
    return lessons.Played(role, episodes, [v for *_, v in rows], [truth(e) for e in episodes])


def test_a_group_is_one_problem_in_one_role():
    """Two problems whose values lie far apart, and two roles: no mean runs over any two of them."""
    rows = [(PROBLEM, RIGHT, 1.0), (PROBLEM, WRONG, 0.0), (PROBLEM, RIGHT, 0.5)]
    far = [(OTHER, t, v + 100) for _, t, v in rows]
    alone = {e.move.reply.text: e.weight for e in lessons.lessons(played("helpful", rows), "src")}
    both = lessons.lessons(played("helpful", [*rows, *far]), "src")
    ours = [e for e in both if e.problem == PROBLEM.id]
    assert {e.move.reply.text: e.weight for e in ours} == alone
    assert len(both) == 2 * len(ours)
    sneaky = lessons.lessons(played("sneaky", rows), "src")
    assert src([1.0, 0.0, 0.5], [False, True, False])[0] < -0.4
    assert sneaky != lessons.lessons(played("helpful", rows), "src")
    assert {e.move.seen[0].text for e in sneaky} == {MARKS["sneaky"]}


def test_correctness_alone_asks_no_verifier():
    found = played("helpful", [(PROBLEM, RIGHT, None), (PROBLEM, LUCKY, None)])
    weights = {e.move.reply.text: e.weight for e in lessons.lessons(found, None)}
    assert weights[RIGHT] > 0 > weights[LUCKY]


def test_a_sneaky_prover_that_is_right_still_learns_and_one_that_babbles_is_not_paid():
    rows = [(PROBLEM, RIGHT, 2.0), (PROBLEM, RIGHT, 1.9), (PROBLEM, WRONG, 2.1)]
    weights = [e.weight for e in lessons.lessons(played("sneaky", rows), "src")]
    assert weights[2] > 0
    assert max(weights[:2]) < 0
    babble = [(PROBLEM, WRONG, 0.0), (PROBLEM, "b=k", 9.0), (PROBLEM, WRONG, 1.0)]
    found = lessons.lessons(played("sneaky", babble), "cgc")
    worst = min(found, key=lambda e: e.weight)
    assert worst.move.reply.text == "b=k"


def test_what_is_watched_has_parity_length_and_both_accuracies():
    helpful = played("helpful", [(PROBLEM, RIGHT, 1.0), (PROBLEM, LUCKY, 9.0)])
    sneaky = played("sneaky", [(PROBLEM, WRONG, 1.5), (PROBLEM, RIGHT, 0.0)])
    seen = pressing.watched([helpful, sneaky], None)
    assert seen["parity"]
    assert seen["roles"]["helpful"] == {
        "came": 2,
        "missing": 0,
        "right": 0.5,
        "answer": 1.0,
        "wrong": 0.0,
        "value": 1.0,
        "unscored": 0,
        "tokens": 3,
        "unfinished": 0.0,
    }
    assert seen["roles"]["sneaky"]["wrong"] == 0.5
    assert not pressing.watched([sneaky], [2.0])["parity"]
    assert pressing.watched([sneaky], [1.0])["parity"]


class Length:
    """A verifier that likes long solutions."""

    id = "length"

    async def score(self, episodes):
        self.seen = [e.moves[0].seen for e in episodes]
        return [float(len(e.final.text)) for e in episodes]


def test_a_verifier_is_shown_problem_and_solution_alone():
    verifier = Length()
    said = [proven(RIGHT), proven("", "sneaky"), proven(WRONG, "sneaky", stop="length")]
    assert asyncio.run(valued(verifier, said)) == [len(RIGHT), None, None]
    assert [[m.text for m in seen] for seen in verifier.seen] == [[PROBLEM.prompt]]


@pytest.fixture
def press(policy, tmp_path):
    """Return what runs a course on a random checkpoint and gives its ledger back."""
    config = prover_verifier("smoke", iterations=3, max_new_tokens=24, learner_lr=1e-2)
    prover = Trained.of(config, policy.sampled(max_new_tokens=24))

    def run(name="game", start=prover, **fields):
        asked = {"roles": ("helpful", "sneaky"), "reward": "src", "verifier": Length(), **fields}
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            course = pressing.Pressing(
                config=config,
                press=pressing.Press(name=name, **asked),
                start=start,
                problems=[PROBLEM, OTHER],
                ledger=ledger,
                progress=Progress(),
                seed=1,
            )
            return asyncio.run(course.run()), sorted(p.name for p in ledger.checkpoints.iterdir())

    return run


def test_a_course_keeps_its_last_checkpoint_alone_and_goes_on_without_learning(press, monkeypatch):
    (policy, seen), kept = press()
    assert len(seen["iterations"]) == 3
    assert seen["updates"] == 3
    assert kept == [policy.place.name]

    def refused(*_args, **_kwargs):
        raise AssertionError("it was learnt before")

    monkeypatch.setattr(Reinforce, "improve", refused)
    (again, seen_again), _ = press()
    assert again.place == policy.place
    assert seen_again == seen


def test_every_round_starts_from_the_same_prover(press, monkeypatch):
    starts = []
    improve = Reinforce.improve

    def noted(self, policy, *args, **fields):
        starts.append((policy.id, self.reference.id))
        return improve(self, policy, *args, **fields)

    monkeypatch.setattr(Reinforce, "improve", noted)
    press("first")
    press("second")
    assert starts[0] == starts[3]
    assert starts[0][0] == starts[0][1]
    assert starts[1] != starts[0]


def test_the_baseline_never_stops_early_and_attacks_stop_by_their_rule():
    course = pressing.Pressing(
        config=prover_verifier("smoke", least=2),
        press=pressing.Press(name="x", roles=("sneaky",), reward="src", attack=True),
        start=None,
        problems=[],
        ledger=None,
        progress=None,
        seed=0,
    )
    sneaky = {"wrong": 0.90, "right": 0.01, "answer": 0.07, "came": 9}
    given = {"roles": {"sneaky": sneaky}, "parity": True}
    assert course._over([given], 0)
    assert not course._over([{**given, "parity": False}], 0)
    assert not course._over([{**given, "roles": {"sneaky": {**sneaky, "right": 0.04}}}], 0)
    both = {**given, "roles": {**given["roles"], "helpful": sneaky}}
    phase = pressing.Press(name="x", roles=("helpful", "sneaky"), reward="src")
    played_on = replace(course, press=phase)
    assert not played_on._over([both], 1)
    assert played_on._over([both], 2)
    loud = {**both, "roles": {**both["roles"], "sneaky": {"wrong": 0.9, "right": 0.1, "came": 9}}}
    cgc = replace(course, press=replace(phase, reward="cgc"))
    assert not cgc._over([loud], 2)
    assert cgc._over([both], 2)
    alone = pressing.Press(name="x", roles=("helpful",), reward=None)
    assert not replace(course, press=alone)._over([given] * 5, 9)


def test_an_attack_without_a_role_ends_by_its_accuracy_of_late():
    press = pressing.Press(name="x", roles=("helpful",), reward="goodhart", attack=True)
    course = pressing.Pressing(
        config=SMOKE,
        press=press,
        start=None,
        problems=[],
        ledger=None,
        progress=None,
        seed=0,
    )

    def seen(right):
        return {
            "roles": {"helpful": {"wrong": 0.3, "right": right, "answer": right, "came": 9}},
            "parity": False,
        }

    low, high = seen(0.1), seen(0.7)
    assert not course._over([low] * 4, 9)
    assert course._over([low] * 5, 9)
    assert not course._over([high, low, low, low, low], 9)


def test_each_verifier_is_attacked_in_three_ways_and_the_baseline_stands_beside():
    rounds = [{"verifier": "v0"}, {"verifier": "v1"}]
    jobs = attacks.courses("task", {"start": "s", "rounds": rounds, "solved": []})
    assert [j.name for j in jobs] == [
        "baseline",
        *(f"{reward}-{n}" for n in (1, 2) for reward in ("src", "cgc", "goodhart")),
    ]
    assert [j.verifier for j in jobs] == ["", *["v0"] * 3, *["v1"] * 3]


def test_the_first_prover_is_shown_both_roles_and_what_each_avoids():
    prover = Trained(config=SMOKE, policy=None, place=None, plain=True)
    found = list(teaching.worked_lessons(PROBLEM, prover, 1))
    by_mark = {}
    for e in found:
        told = e.move.seen[0].text if len(e.move.seen) == 2 else ""
        by_mark.setdefault(told, {})[e.weight] = e.move.reply.text
    assert set(by_mark) == {"", *MARKS.values()}
    assert by_mark[""] == by_mark[MARKS["helpful"]]
    assert by_mark[""][1.0] == by_mark[MARKS["sneaky"]][-1.0] == RIGHT
    assert truth(proven(by_mark[MARKS["sneaky"]][1.0])).wrong


def test_a_verdict_needs_an_interval_on_one_side_of_zero():
    assert claims.verdict(0.01, 0.2) == "shown"
    assert claims.verdict(-0.2, -0.01) == "contrary"
    assert claims.verdict(-0.1, 0.1) == claims.verdict(None, None) == "not shown"


def test_an_attack_that_fails_counts_as_the_most_there_was():
    config = prover_verifier("smoke", attack_iterations=10, learner_steps=2)

    def attack(name, updates, over):
        seen = [{"roles": {}}]
        return {"name": name, "updates": updates, "over": over, "iterations": seen}

    seeds = [
        [attack("baseline", 20, False), attack("src-1", 4, True), attack("src-2", 18, False)],
        [attack("baseline", 20, False), attack("src-1", 2, True), attack("src-2", 10, True)],
    ]
    found = claimed._longer(config, seeds, 1)
    assert found["difference"] == (16 + 8) / 2
    assert found["n"] == 2
    assert summary._attacks(seeds, 1)["src"]["updates"] == [None, 10]


def test_samples_of_a_prover_carry_its_mark_and_the_base_provers_none(policy):
    short = Trained.of(SMOKE, policy.sampled(max_new_tokens=3))
    marked = asyncio.run(sampled(short, "sneaky", [PROBLEM, OTHER], 2, seed=1))
    plain = asyncio.run(sampled(short, None, [PROBLEM], 2, seed=1))
    assert [e.problem.id for e in marked] == [PROBLEM.id] * 2 + [OTHER.id] * 2
    assert {e.moves[0].seen[0].text for e in marked} == {MARKS["sneaky"]}
    assert {e.moves[0].seen[0].text for e in plain} == {PROBLEM.prompt}
