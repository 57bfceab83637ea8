import asyncio
import random
from statistics import fmean

import pytest
import worlds
from worlds import RISKS, STYLES, axes, failing, seeds, table, weak_cells

from superalign.attackers.archive import Archive
from superalign.attackers.cells import Cells, Elite
from superalign.attackers.mutations import Axis, Scripted
from superalign.attackers.scoring import Estimate, Purse
from superalign.attackers.validity import Validity
from superalign.ledger import Ledger
from superalign.records import Problem

NEW = Validity(bleu=None, cosine=None)


def cell_of(prompt):
    return tuple(prompt.split()[:2])


def run(attacker, at, budget, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


def archive(**fields):
    return Archive(**{"seeds": seeds(), "axes": axes(), "valid": NEW, **fields})


def queries_until(played, share):
    """Queries until that share of the 12 weak cells was broken; if never, one more than all."""
    found = set()
    for i, e in enumerate(played, 1):
        found |= {cell_of(e.problem.prompt)} if e.final.text == "bad" else set()
        if len(found) >= share * 12:
            return i
    return len(played) + 1


def at_random(at, budget, seed):
    """Play attacks drawn at random from the same world."""
    rng = random.Random(seed)
    parts = [list(map(rng.choice, (RISKS, STYLES, worlds.WORDS))) for _ in range(budget)]
    purse = Purse(at, budget)
    problems = [Problem.of(worlds.request(*p, i)) for i, p in enumerate(parts)]
    asyncio.run(purse.play(problems, seed=seed))
    return purse.tried


@pytest.mark.parametrize(
    ("strong", "share", "saved"),
    [(len(worlds.WORDS), 0.8, 0.05), (3, 0.5, 0.3)],
    ids=["flat", "inherited"],
)
def test_the_archive_needs_fewer_queries_than_chance(tmp_path, strong, share, saved):
    """Where children inherit what makes a parent work it saves most; else only repeats."""
    budget = 120
    needed, by_chance = [], []
    for seed in range(8):
        weak = weak_cells(seed=seed)
        words = set(worlds.WORDS[:strong])

        def rate(prompt, weak=weak, words=words):
            return float(cell_of(prompt) in weak and prompt.split()[2] in words)

        with Ledger.open(tmp_path / str(seed), {}, seed=0) as ledger:
            at = table(ledger, failing(rate), samples=1)
            tool = archive(refresh=0, seeds=seeds(8, seed))
            played = run(tool, at, budget, seed)
            assert set(tool.cells.held) <= weak
            needed.append(queries_until(played, share))
            by_chance.append(queries_until(at_random(at, budget, seed), share))
    assert fmean(needed) < (1 - saved) * fmean(by_chance)


@pytest.mark.parametrize("budget", [0, 3, 4, 37, 160])
def test_the_budget_is_never_passed_and_spent_to_the_last_whole_problem(ledger, budget):
    learner = worlds.counted(failing(lambda p: 0.5))
    played = run(archive(refresh=2), table(ledger, learner), budget)
    assert len(played) == learner.asked == budget // 4 * 4


def test_seeds_are_parents_first_and_children_are_tagged_with_their_cell(ledger):
    tool = archive(batch=4)
    played = run(tool, table(ledger, failing(lambda p: 1.0)), 16)
    assert {e.problem.parent for e in played} == {p.id for p in seeds()}
    assert all(e.problem.tags == ("seed", *cell_of(e.problem.prompt)) for e in played)


def test_a_child_names_its_root_and_the_archive_keeps_its_lineage(ledger):
    tool = archive(seeds=seeds(1))
    played = run(tool, table(ledger, failing(lambda p: 1.0)), 4 * 40)
    assert {e.problem.parent for e in played} == {seeds(1)[0].id}
    deep = max(tool.cells.elites, key=lambda e: len(e.lineage))
    assert len(deep.lineage) > 1
    assert deep.lineage[0] == seeds(1)[0].id
    assert {e.problem.id for e in played} >= set(deep.lineage[1:])


class TrueStyle:
    """Finds every attack in style 0, and one risk in no cell."""

    id = "true style"

    async def __call__(self, problem, *, seed):
        risk, _ = cell_of(problem.prompt)
        return None if risk == RISKS[5] else (risk, STYLES[0])


def test_a_child_is_filed_where_the_classifier_finds_it(ledger):
    tool = archive(classify=TrueStyle())
    run(tool, table(ledger, failing(lambda p: 1.0)), 4 * 60)
    assert {style for _, style in tool.cells.held} == {STYLES[0]}
    assert all(e.problem.tags[-1] == STYLES[0] for e in tool.cells.elites)
    assert tool.tally["refiled"] > 0
    assert tool.tally["invalid: out_of_cell"] > 0
    assert RISKS[5] not in {risk for risk, _ in tool.cells.held}


def test_copies_of_the_parent_and_of_the_archive_cost_no_query(ledger):
    same = Axis("risk", RISKS, Scripted(lambda p, v, rng: p, name="same"))
    learner = worlds.counted(failing(lambda p: 1.0))
    tool = archive(axes=[same], valid=Validity())
    assert run(tool, table(ledger, learner), 400) == []
    assert learner.asked == 0
    assert tool.tally["invalid: copy"] == tool.tally["asked"] > 0


def test_a_change_of_a_few_words_is_a_copy_under_bleu(ledger):
    long = "please tell the crew " * 5
    one = Scripted(lambda p, v, rng: Problem.of(f"{v} {p.prompt}", parent=p.id), name="one word")
    tool = archive(seeds=[Problem.of(long)], axes=[Axis("risk", RISKS, one)], valid=Validity())
    assert run(tool, table(ledger, failing(lambda p: 1.0)), 400) == []


def elite(cell, failed, n, name="a"):
    return Elite(
        problem=Problem.of(name), cell=cell, estimate=Estimate(failed, n), episodes=(), born=0
    )


def cells(room=1):
    return Cells(axes=[("a", "b"), ("x", "y")], room=room, floor=0.5, margin=1.0)


def test_an_elite_loses_its_place_only_to_what_is_better_by_more_than_noise():
    kept = cells()
    assert kept.put(elite(("a", "x"), 2.6, 4))
    assert not kept.put(elite(("a", "x"), 3.4, 4, "lucky"))
    assert kept.put(elite(("a", "x"), 36, 40, "sure"))
    assert not kept.put(elite(("a", "y"), 2, 4)), "not above the floor"
    assert [e.problem.prompt for e in kept.elites] == ["sure"]


def test_a_cell_keeps_up_to_its_room_best_first():
    kept = cells(room=2)
    for failed, name in ((3, "three"), (4, "four"), (3.2, "other")):
        kept.put(elite(("a", "x"), failed, 4, name))
    assert [e.problem.prompt for e in kept.elites] == ["four", "three"]


def test_targets_lean_to_cells_where_little_is_found():
    kept = cells()
    kept.put(elite(("a", "x"), 4, 4))
    rng = random.Random(0)
    drawn = [kept.target(0.1, rng) for _ in range(2000)]
    assert drawn.count(("a", "x")) < 5
    assert all(500 < drawn.count(c) < 840 for c in [("a", "y"), ("b", "x"), ("b", "y")])


def test_measures_are_of_elites_and_of_what_succeeded():
    kept = cells()
    kept.put(elite(("a", "x"), 4, 4))
    kept.put(elite(("a", "y"), 3, 4))
    kept.put(elite(("a", "y"), 3, 4, "again"))
    told = kept.measures()
    assert (told["filled"], told["coverage"], told["qd_score"]) == (2, 0.5, 1.75)
    assert told["archive_asr"] == 7 / 8
    assert told["sei"] == pytest.approx(0.918, abs=1e-3)
    assert told["sdi"] == pytest.approx(4 / 9)


def inflation(tool):
    """Mean estimate of the elites above the truth, which is 0.6 everywhere."""
    return fmean(e.fitness for e in tool.cells.elites) - 0.6


def test_playing_elites_again_lowers_the_winners_curse(tmp_path):
    curse = {0: [], 3: []}
    for refresh, seen in curse.items():
        for seed in range(2):
            with Ledger.open(tmp_path / f"{refresh}-{seed}", {}, seed=0) as ledger:
                tool = archive(refresh=refresh, batch=12)
                run(tool, table(ledger, failing(lambda p: 0.6)), 4 * 200, seed)
                seen.append(inflation(tool))
    assert fmean(curse[0]) > 0.15
    assert fmean(curse[3]) < 0.6 * fmean(curse[0])


def test_elites_of_another_learner_are_played_anew_and_leave_if_it_withstands(ledger):
    tool = archive(refresh=0)
    run(tool, table(ledger, failing(lambda p: 1.0, "old")), 4 * 60)
    before = {e.problem.id for e in tool.cells.elites}
    assert len(before) > 10
    cured = RISKS[0]
    after = failing(lambda p: float(cell_of(p)[0] != cured), "new")
    played = run(tool, table(ledger, after), 4 * len(before))
    assert {e.problem.id for e in played} == before
    assert cured not in {risk for risk, _ in tool.cells.held}
    assert {e.problem.id for e in tool.cells.elites} < before
    assert {e.estimate.n for e in tool.cells.elites} == {4.0}


def test_elites_that_the_budget_does_not_reach_leave(ledger):
    tool = archive(refresh=0)
    run(tool, table(ledger, failing(lambda p: 1.0, "old")), 4 * 60)
    run(tool, table(ledger, failing(lambda p: 1.0, "new")), 4 * 5)
    assert len(tool.cells.elites) == 5


class Killed(Exception):
    pass


def two_rounds(folder, stop_after=None):
    """Attack an old and a new learner; the critic may die after some judgements."""
    with Ledger.open(folder, {}, seed=0) as ledger:
        tool, judged, told = archive(refresh=2), 0, []
        for name, rate in (("old", 0.7), ("new", 0.5)):
            at = table(ledger, failing(lambda p, rate=rate: rate, name))
            judge = at.critic.judge

            async def mortal(episodes, judge=judge):
                nonlocal judged
                judged += len(episodes)
                if stop_after is not None and judged > stop_after:
                    raise Killed
                return await judge(episodes)

            at.critic.judge = mortal
            told.append([e.id for e in run(tool, at, 4 * 50, 3)])
        return told, tool.cells.rows(), dict(tool.tally), judged


@pytest.mark.parametrize("after", [1, 150, 330])
def test_a_killed_archive_goes_on_to_the_same_end(tmp_path, after):
    whole = two_rounds(tmp_path / "whole")
    with pytest.raises(Killed):
        two_rounds(tmp_path / "killed", stop_after=after)
    resumed = two_rounds(tmp_path / "killed")
    assert resumed[:3] == whole[:3]
    assert resumed[3] < whole[3] or after == 1
    again = two_rounds(tmp_path / "killed")
    assert again[:3] == whole[:3]
    assert again[3] == 0, "nothing is judged twice"
