"""Go-Explore as a game: moves, what is seen, who sits where, and what gold says."""

from __future__ import annotations

import asyncio

import pytest

from goexplore_worlds import chooses, role
from superalign.critics.goexplore import GoExploreGold
from superalign.games import Seat
from superalign.games.goexplore import GoExplore
from superalign.games.solo import LEARNER
from superalign.policies.scripted import Scripted
from superalign.problems.goexplore.explore import Roles
from superalign.problems.goexplore.game24 import solution
from superalign.problems.goexplore.play import Limits
from superalign.problems.goexplore.player import Player
from superalign.problems.goexplore.task import Task
from superalign.records import Episode, Outcome, Reply

TASK = Task(world="game24", kind="game24", numbers=(4, 4, 6, 8))


def solver(kind, found, text):
    """Take an operation from which the numbers can still be solved, if there is one."""
    if kind != "action":
        return "accept" if kind == "keep" else len(found) - 1
    from superalign.problems.goexplore.game24 import after

    state = tuple(map(int, text.splitlines()[0].removeprefix("Numbers left: ").split()))
    good = (o for o in found if (made := after(state, o)) and solution(made) is not None)
    return next(good, found[0])


def played(rule, n=1, seed=0, player=None, **seats):
    game = GoExplore([TASK], player or Player())
    chairs = {LEARNER: Seat(policy=Scripted(rule))}
    chairs |= {name: Seat(policy=policy) for name, policy in seats.items()}
    episodes = asyncio.run(game.play(game.problems[0], chairs, n=n, seed=seed))
    return game, episodes, asyncio.run(GoExploreGold(game).judge(episodes))


def test_a_play_that_reaches_the_goal_passes():
    game, (episode,), (verdict,) = played(chooses(solver))
    assert (verdict.outcome, verdict.kind) == (Outcome.PASS, "")
    assert game.result(episode).steps == 3
    assert len(episode.moves) == game.result(episode).calls


def test_a_failure_says_which_budget_was_used_up():
    for limits, kind in ((Limits(steps=5), "steps"), (Limits(calls=5), "calls")):
        _, _, (verdict,) = played(lambda seen, seed: "?", player=Player(limits=limits))
        assert (verdict.outcome, verdict.kind) == (Outcome.FAIL, kind)


def test_every_move_was_seen_as_the_view_has_it_and_the_view_is_pure():
    game, (episode,), _ = played(chooses(solver))
    for i, move in enumerate(episode.moves):
        so_far = Episode.of(episode.problem, game.name, episode.seed, episode.moves[:i])
        assert tuple(game.view(so_far, LEARNER)) == move.seen
    with pytest.raises(ValueError, match="over"):
        game.view(episode, LEARNER)


def test_a_play_from_elsewhere_has_the_same_result():
    game, (episode,), _ = played(lambda seen, seed: "?", player=Player(limits=Limits(steps=9)))
    assert GoExplore([TASK], game.player).result(episode) == game.result(episode)


def test_a_seat_of_its_own_makes_its_roles_choices():
    asked = []

    def never(seen, seed):
        asked.append(role(seen))
        return '{"choice": "reject"}'

    _, (episode,), _ = played(chooses(solver), keep=Scripted(never, name="keeper"))
    assert asked
    assert set(asked) == {"keep"}
    assert {m.seat for m in episode.moves} == {LEARNER}
    assert len({m.policy for m in episode.moves}) == 2


def test_a_reply_that_never_came_ends_the_play_unscored():
    lost = Reply(text="", stop="error", error="gone")
    _, (episode,), (verdict,) = played(lambda seen, seed: lost)
    assert (len(episode.moves), verdict.outcome, verdict.kind) == (1, Outcome.UNSCORED, "error")


def test_a_problem_of_another_game_is_unscored():
    _, episodes, _ = played(chooses(solver))
    (verdict,) = asyncio.run(GoExploreGold(GoExplore([], Player())).judge(episodes))
    assert (verdict.outcome, verdict.kind) == (Outcome.UNSCORED, "no_key")


def test_plays_differ_by_seed_and_repeat_by_it():
    player = Player(roles=Roles(action="random"), limits=Limits(steps=12))
    first, again = (played(chooses(solver), n=4, player=player)[1] for _ in range(2))
    assert [e.id for e in first] == [e.id for e in again]
    assert len({tuple(m.seen[-1].text for m in e.moves) for e in first}) > 1


def test_the_problem_does_not_say_how_to_win():
    (problem,) = GoExplore([TASK], Player()).problems
    assert "4, 4, 6, 8" in problem.prompt
    assert not any(step in problem.prompt for step in solution(TASK.numbers))


def test_the_id_of_a_task_does_not_depend_on_where_its_game_lies():
    one, other = (Task(world="textworld", kind="coin", seed=3, game=g) for g in ("a", "b"))
    assert one.id == other.id != Task(world="textworld", kind="coin", seed=4).id


def test_game_and_gold_are_named_by_the_way_of_playing():
    one, other = (GoExplore([TASK], Player(history=n)) for n in (1, 2))
    assert one.id != other.id
    assert GoExploreGold(one).id != GoExploreGold(other).id


def test_a_task_is_named_by_all_that_is_played():
    known = {"world": "babyai", "kind": "goto", "seed": 3}
    other = ({}, {"world": "textworld"}, {"kind": "open"}, {"seed": 4}, {"numbers": (1, 2)})
    assert len({Task(**{**known, **change}).id for change in other}) == len(other)


def test_every_turn_has_a_seed_of_its_own():
    seeds = []

    def say(seen, seed):
        seeds.append(seed)
        return chooses(solver)(seen, seed)

    played(say)
    assert len(set(seeds)) == len(seeds) > 3
