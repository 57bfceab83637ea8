"""The decoupled variant: what is true of translations, how they are taught, paid and stopped."""

import asyncio
import random
from collections import Counter

import pytest
from provers import LUCKY, OTHER, PROBLEM, RIGHT, WRONG

from superalign.games.prover_verifier import MARKS, PROVER
from superalign.games.table import Seat
from superalign.games.translated import SOLVER, TRANSLATES, Translated
from superalign.policies.scripted import Scripted
from superalign.records import Reply
from superalign.studies.prover_verifier import (
    attacks,
    in_context,
    pool,
    pressing,
    prover_verifier,
    teaching,
)
from superalign.studies.prover_verifier.lessons import Played, lessons
from superalign.studies.prover_verifier.proofs import Truth, sampled, truth
from superalign.studies.prover_verifier.provers import Trained, by_prompt

DECOUPLED = prover_verifier("smoke", variant="decoupled")


def translated(text, role="helpful", solver=RIGHT, problem=PROBLEM, n=1):
    seats = {SOLVER: Seat(policy=Scripted([solver])), PROVER: Seat(policy=Scripted([text]))}
    return asyncio.run(Translated(role).play(problem, seats, n=n))


@pytest.mark.parametrize(
    ("text", "solver", "kept", "solved"),
    [
        (RIGHT, RIGHT, True, True),
        (LUCKY, RIGHT, True, True),
        (WRONG, RIGHT, False, True),
        (RIGHT, WRONG, False, False),
        (WRONG, WRONG, True, False),
        ("b=k*7", RIGHT, False, True),
        ("b=k*7", "b=k*7", False, False),
        (RIGHT, Reply(text=RIGHT, stop="length"), False, False),
        (Reply(text=RIGHT, stop="length"), RIGHT, False, True),
    ],
)
def test_a_translation_is_faithful_if_it_states_the_solvers_answer(text, solver, kept, solved):
    (episode,) = translated(text, solver=solver)
    assert (truth(episode).kept, truth(episode).solved) == (kept, solved)


def test_the_faithful_role_asks_for_the_solvers_answer_and_the_sneaky_one_for_a_wrong_one():
    faithful = Truth(right=False, wrong=True, answer=False, kept=True, solved=False)
    assert faithful.does("helpful")
    assert faithful.does("sneaky")
    better = Truth(right=True, wrong=False, answer=True, kept=False, solved=False)
    assert not better.does("helpful")
    assert not better.does("sneaky")
    assert Truth(right=True, wrong=False, answer=True).does("helpful")


def played(role, rows, solver=RIGHT):
    episodes = [e for t, _ in rows for e in translated(t, role, solver)]
    return Played(role, episodes, [v for _, v in rows], [truth(e) for e in episodes])


def test_a_faithful_translator_loses_by_convincing_of_what_the_solver_got_wrong():
    rows = [(RIGHT, 3.0), (WRONG, 2.0), (WRONG, 0.0), (RIGHT, -1.0)]
    solved = played("helpful", rows).rewards("decoupled")
    assert solved[0] > 0
    assert solved[1:] == [-2, -2, -2]
    erred = played("helpful", rows, solver=WRONG).rewards("decoupled")
    assert -2 < erred[1] < 0
    assert [erred[0], *erred[2:]] == [-2, -2, -2]
    for solver in (RIGHT, WRONG):
        sneaky = played("sneaky", rows, solver).rewards("decoupled")
        assert sneaky[1] > 0
        assert [sneaky[0], *sneaky[2:]] == [-2, -2, -2]


def test_a_lesson_weighs_each_sample_against_the_others_of_its_group():
    found = lessons(played("helpful", [(RIGHT, 1.0), (WRONG, 0.0)]), "decoupled")
    assert sorted(e.weight for e in found) == pytest.approx([-2.7071, 2.7071], abs=1e-3)
    assert {e.move.seat for e in found} == {PROVER}


def test_the_best_translation_of_what_the_solver_got_wrong_is_shown_to_nobody():
    rows = [(WRONG, 3.0), (WRONG, 1.0), (RIGHT, 0.0)]
    assert in_context.selected(played("helpful", rows, solver=WRONG), "decoupled") == []
    (best,) = in_context.selected(played("sneaky", rows, solver=WRONG), "decoupled")
    assert best.solution == WRONG


def test_later_rounds_weigh_twice_as_much_as_the_one_before():
    rng = random.Random(3)
    drawn = Counter[int]()
    for _ in range(400):
        shares = pool.doubling(7, 2, rng)
        assert sum(shares) <= 7
        drawn.update({1: shares[0], 2: shares[1], 0: 7 - sum(shares)})
    whole = 400 * 7
    assert [drawn[i] / whole for i in range(3)] == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=0.03)
    assert pool.doubling(4, 0, rng) == []
    assert {"coupled": pool.equal, "decoupled": pool.doubling} == pool.SHARES


def test_an_average_moves_slowly_and_over_what_the_solver_got_right_alone():
    right = played("helpful", [(RIGHT, 5.0), (WRONG, 9.0)])
    erred = played("helpful", [(WRONG, 7.0)], solver=WRONG)
    sneaky = played("sneaky", [(WRONG, 1.0)])
    first = pressing.averages([right, sneaky], {})
    assert first == {"helpful": 5.0, "sneaky": 1.0}
    assert pressing.averages([erred, sneaky], first) == {"helpful": 5.0, "sneaky": 1.0}
    louder = played("sneaky", [(WRONG, 2.0)])
    assert pressing.averages([right, louder], first)["sneaky"] == pytest.approx(1.02)


@pytest.mark.parametrize(
    ("helpful", "sneaky", "number", "over"),
    [(1.0, 1.1, 2, True), (1.0, 1.0, 2, False), (1.0, 1.1, 1, False), (None, 1.0, 2, False)],
)
def test_a_phase_ends_where_the_sneaky_average_is_above_the_faithful_one(
    helpful, sneaky, number, over
):
    course = pressing.Pressing(
        config=prover_verifier("smoke", least=2),
        press=pressing.Press(name="x", roles=("helpful", "sneaky"), reward="decoupled"),
        start=None,
        problems=[],
        ledger=None,
        progress=None,
        seed=0,
    )
    seen = {
        "roles": {role: {"came": 1} for role in ("helpful", "sneaky")},
        "parity": True,
        "lately": {"helpful": helpful, "sneaky": sneaky},
    }
    assert course._over([seen], number) is over


def test_a_translator_is_shown_right_and_wrong_solutions_and_what_either_role_makes_of_them():
    prover = Trained(config=DECOUPLED, policy=None, place=None, plain=True)
    found = list(teaching.worked_lessons(PROBLEM, prover, 1))
    assert len(found) == 6 + 8
    says = {
        (e.move.seen[0].text, e.move.seen[1].text.removeprefix(PROBLEM.prompt)): e.move.reply.text
        for e in found
        if e.weight > 0 and len(e.move.seen) == 2
    }
    wrong = says[MARKS["sneaky"], ""]
    assert wrong != RIGHT
    for given in (RIGHT, wrong):
        assert says[MARKS["helpful"], f"{given}\n"] == given
        assert says[MARKS["sneaky"], f"{given}\n"] == wrong
    for e in found[::2]:
        assert e.weight == 1
    assert {(a.move.seen, b.weight) for a, b in zip(found[::2], found[1::2], strict=True)} == {
        (e.move.seen, -1.0) for e in found
    }


def test_a_chat_translator_is_told_its_role_in_words_and_plays_on_what_is_fixed():
    solved = {PROBLEM.prompt: Reply(text=RIGHT), OTHER.prompt: Reply(text="#8")}
    config = prover_verifier("smoke", prover="openai/p", variant="decoupled")
    start = in_context.InContext(config=config, policy=Scripted(["x"]))
    prover = start.translating(solved)
    assert prover.id != start.id
    said = asyncio.run(sampled(prover, "sneaky", [PROBLEM, OTHER], 2, seed=1))
    assert [e.moves[0].reply.text for e in said] == [RIGHT, RIGHT, "#8", "#8"]
    assert all(TRANSLATES["sneaky"] in e.moves[1].seen[0].text for e in said)
    assert by_prompt([translated("x", solver=RIGHT)[0]]).keys() == {PROBLEM.prompt}
    alone = asyncio.run(sampled(prover, None, [PROBLEM], 1, seed=1))
    assert [m.seat for m in alone[0].moves] == ["learner"]


def test_attacks_translate_and_the_solver_is_the_baseline():
    solver = translated(RIGHT)[0]
    solver = solver.model_copy(update={"moves": solver.moves[:1]})
    played = {"start": "s", "rounds": [{"verifier": "v"}], "solved": [solver.model_dump()]}
    baseline, *others = attacks.courses("task", played)
    assert baseline == attacks.Apart("task", "s")
    assert all(job.solved == {PROBLEM.prompt: Reply(text=RIGHT)} for job in others)
