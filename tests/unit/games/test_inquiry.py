"""Inquiries: what the learner sees, what gold says, and the attacker at the frontier."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from kumo_worlds import scan_task, task
from superalign.attackers.inquiry import frontier
from superalign.attackers.protocol import Table
from superalign.critics.inquiry import InquiryGold
from superalign.games import Seat
from superalign.games.inquiry import Inquiry
from superalign.games.solo import LEARNER
from superalign.policies.scripted import Scripted
from superalign.problems.kumo.difficulty import least
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.play import oracle_player
from superalign.problems.kumo.shelf import AXES, LEVELS, Draw, Shelf
from superalign.progress import Progress
from superalign.records import Outcome, Reply


def said(name):
    return f"<ANSWER> {name} </ANSWER>"


def talker(*lines):
    """A policy that says its lines in order, by how many it has said."""
    return Scripted(lambda seen, seed: lines[sum(m.role == "assistant" for m in seen)])


def played(policy, made=None, n=1, seed=0, **fields):
    shelf = Shelf([made or scan_task()])
    game = Inquiry(shelf, **fields)
    seats = {LEARNER: Seat(policy=policy)}
    episodes = asyncio.run(game.play(shelf.problems[0], seats, n=n, seed=seed))
    verdicts = asyncio.run(InquiryGold(shelf, steps=game.steps).judge(episodes))
    return episodes, verdicts


def test_an_inquiry_goes_on_until_a_truth_is_named():
    (episode,), (verdict,) = played(talker(said("probe"), said("scan"), said("a"), said("b")))
    assert [m.reply.text for m in episode.moves] == [said("probe"), said("scan"), said("a")]
    assert "'observation': 'high'" in episode.moves[2].seen[-1].text
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("lines", "kind", "moves"),
    [
        ([said("b")], "wrong", 1),
        ([said("probe"), "I do not know"], "unreadable", 2),
        ([said("probe")] * 9, "steps", 3),
    ],
)
def test_how_an_inquiry_fails(lines, kind, moves):
    (episode,), (verdict,) = played(talker(*lines), steps=3)
    assert (verdict.outcome, verdict.kind, len(episode.moves)) == (Outcome.FAIL, kind, moves)


def test_a_reply_that_never_came_ends_the_play_unscored():
    lost = Reply(text="", stop="error", error="gone")
    (episode,), (verdict,) = played(talker(said("probe"), lost, said("a")))
    assert (len(episode.moves), verdict.outcome, verdict.kind) == (2, Outcome.UNSCORED, "error")


def test_what_is_not_on_the_shelf_is_unscored():
    (episode,), _ = played(talker(said("a")))
    (verdict,) = asyncio.run(InquiryGold(Shelf()).judge([episode]))
    assert (verdict.outcome, verdict.kind) == (Outcome.UNSCORED, "no_key")


def test_observations_that_were_not_asked_for_stay_hidden():
    made = task(
        {"scan": {"s1": "b", "s2": "c"}, "probe": {"p1": "c", "p2": "b"}},
        {"scan": "s1", "probe": "p1"},
    )
    (episode,), _ = played(talker(said("scan"), said("a")), made)
    shown = [m.text for move in episode.moves for m in move.seen if m.role == "user"]
    assert any("'s1'" in text for text in shown)
    assert not any("'p1'" in text for text in shown)


def test_plays_differ_by_seed_and_repeat_by_it():
    names = ["a", "b", "c"]
    guess = Scripted(lambda seen, seed: said(random.Random(seed).choice(names)))
    first, again = played(guess, n=12)[0], played(guess, n=12)[0]
    assert [e.id for e in first] == [e.id for e in again]
    assert len({e.final.text for e in first}) > 1


def test_a_drawn_problem_is_of_its_level_and_further_along_its_axis():
    shelf, domains = Shelf(), [invented(0)]
    draw = Draw(domains, shelf)

    def mean(axis, measure):
        made = [shelf.task(draw(2, axis, random.Random(i)).id) for i in range(12)]
        assert {t.setting for t in made} == {"4x6"}
        return sum(map(measure, made)) / len(made)

    assert mean("long", lambda t: len(oracle_player(t).taken)) > 1 + mean(
        "plain", lambda t: len(oracle_player(t).taken)
    )
    assert mean("bare", least) > mean("plain", least) + 0.3
    assert set(AXES) == {"long", "bare"}


def test_a_problem_is_drawn_from_a_domain_that_can_hold_its_level():
    shelf = Shelf()
    draw = Draw([invented(0, truths=5, actions=8), invented(1)], shelf)
    sizes = {shelf.task(draw(4, "plain", random.Random(i)).id).setting for i in range(6)}
    assert sizes == {"6x9"}


def test_a_brief_stands_first_and_every_turn_has_its_seed():
    seeds = []

    def say(seen, seed):
        seeds.append(seed)
        return said(("probe", "scan", "a")[len(seeds) - 1])

    shelf = Shelf([scan_task()])
    seats = {LEARNER: Seat(policy=Scripted(say), brief="Mind the guide.")}
    (episode,) = asyncio.run(Inquiry(shelf).play(shelf.problems[0], seats))
    assert len(set(seeds)) == 3
    assert all(m.seen[0].text.startswith("Mind the guide.\n\n") for m in episode.moves)
    assert Inquiry(shelf).id != Inquiry(shelf, steps=3).id


def test_one_generator_draws_one_problem_after_another():
    draw, rng = Draw([invented(0)], Shelf()), random.Random(0)
    assert draw(2, "plain", rng).id != draw(2, "plain", rng).id


def test_equal_generators_draw_equal_problems():
    draw = Draw([invented(0), invented(1)], Shelf())
    once, again = (draw(3, "plain", random.Random(4)) for _ in range(2))
    assert once == again


def solver(limit):
    """A learner that plays well on tasks of up to `limit` truths, and half of larger ones."""

    def say(seen, seed):
        names = re.search(r"Candidates: (.*)", seen[0].text)[1].split(", ")
        count = sum(m.role == "assistant" for m in seen)
        best = STORE[tuple(names)]
        moves = [*best.taken, best.named]
        weak = len(names) > limit and random.Random(seed).random() < 0.5
        return said("nothing" if weak else moves[count])

    return Scripted(say)


STORE = {}


def test_the_frontier_goes_where_some_plays_fail_and_others_do_not(ledger):
    shelf = Shelf()

    class Known(Draw):
        def __call__(self, level, axis, rng):
            problem = super().__call__(level, axis, rng)
            made = shelf.task(problem.id)
            STORE[made.truths] = oracle_player(made)
            return problem

    plan = frontier([invented(0), invented(1)], shelf, waves=6)
    plan = type(plan)(
        draw=Known([invented(0), invented(1)], shelf),
        levels=plan.levels,
        axes=plan.axes,
        start=plan.start,
        waves=plan.waves,
    )
    table = Table(
        learner=solver(4),
        game=Inquiry(shelf),
        critic=InquiryGold(shelf),
        ledger=ledger,
        samples=4,
        progress=Progress(),
    )
    episodes = asyncio.run(plan.attack(table, budget=160, seed=0))
    assert len(episodes) == 160
    late = [len(shelf.task(e.problem.id).truths) for e in episodes[80:]]
    assert sum(n > 4 for n in late) / len(late) > 0.5
    assert all(e.verdicts[-1].outcome is not Outcome.UNSCORED for e in episodes)


def test_the_frontier_keeps_to_what_its_domains_can_hold():
    small = invented(0, truths=5, actions=8)
    assert frontier([small], Shelf()).levels == [1, 2, 3]
    assert frontier([invented(0)], Shelf()).levels == list(LEVELS)
    assert frontier([small, invented(0)], Shelf()).levels == list(LEVELS)


def test_the_frontier_leaves_out_levels_that_no_single_domain_can_hold():
    many_truths = invented(0, truths=12, actions=4)
    many_actions = invented(1, truths=3, actions=16)
    assert frontier([many_truths, many_actions], Shelf()).levels == [1]
