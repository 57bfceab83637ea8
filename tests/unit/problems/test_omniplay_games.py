"""The five games: rules, what is told of them, lies, and published scores."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from superalign.problems.omniplay.arena import Arena
from superalign.problems.omniplay.echoes import Board
from superalign.problems.omniplay.field import Field, Objective
from superalign.problems.omniplay.maze import PLANS, Walk, _far
from superalign.problems.omniplay.melody import Organ, points
from superalign.problems.omniplay.play import WORLDS

DICE = Random(0)


@pytest.mark.parametrize("game", WORLDS)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_equal_seeds_are_equal_games_and_others_differ(game, level):
    world = WORLDS[game]
    assert world.start(level, 1) == world.start(level, 1)
    assert world.start(level, 1) != world.start(level, 2)


@pytest.mark.parametrize("game", WORLDS)
def test_actions_are_read_as_they_are_written(game):
    world, rng = WORLDS[game], Random(1)
    state = world.start(2, 4)
    assert world.read(state.best()) == state.best()
    for _ in range(30):
        action = state.chance(rng)
        assert world.read(action) == action
    for line in ("", "fly 3 4", "left", "9 9 9", "move", "red blue"):
        assert world.read(line) is None
    assert world.rules(state).count("\n") == 0


@pytest.mark.parametrize("game", WORLDS)
def test_a_lie_has_the_same_shape_and_undone_nothing_is_left(game):
    world = WORLDS[game]
    state = world.start(2, 7)
    if game == "melody":
        state = state.after("red", DICE)
    lie = state.altered(Random(3))
    assert lie != state
    assert len(lie.words()) == len(state.words())
    assert [len(t) for t in lie.shots()] == [len(t) for t in state.shots()]
    assert lie.words() != state.words() or lie.shots() != state.shots()
    if game in ("pathfinding", "phantom", "blasting"):
        assert lie.altered(Random(3)) == state


def corridor():
    """Three cells east, then one south; the exit is there."""
    cells = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1)]
    pairs = [*pairwise(cells)]
    ways = frozenset([*pairs, *((b, a) for a, b in pairs)])
    return Walk(size=4, ways=ways, exit=(3, 1), path=((0, 0),), heading=0, shortest=2)


def test_the_maze_is_walked_by_turns_and_strides():
    start = corridor()
    assert start.words() == ("right", "3")
    assert start.fine() == ["right 3", "right 1", "right 2"]
    walked = start.after("right 3", DICE)
    assert (walked.at, walked.heading, len(walked.path)) == ((3, 0), 1, 4)
    assert walked.words() == ("right", "1")
    out = walked.after("right 1", DICE)
    assert (out.over, out.won, out.raw, out.score) == (True, True, 2, 1.0)
    assert start.after("ahead 3", DICE).at == (0, 0)
    assert start.after("right 1", DICE).path == ((0, 0), (1, 0))
    assert start.after("right 3", DICE).after(None, DICE).steps == 2
    late = out.__class__(**{**out.__dict__, "steps": 4})
    assert late.score == 0.5


def test_a_mirrored_maze_turns_left_for_right():
    lie = corridor().altered(DICE)
    assert lie.words() == ("left", "3")
    assert (lie.at, lie.exit) == ((3, 0), (0, 1))
    assert replace(corridor(), heading=1).altered(DICE).words() == ("ahead", "3")


@pytest.mark.parametrize("level", [1, 2, 3])
def test_every_maze_has_a_way_out_of_its_size(level):
    shares = []
    for seed in range(5):
        walk = WORLDS["pathfinding"].start(level, seed)
        assert (walk.size, walk.exit) == (PLANS[level].size, (PLANS[level].size - 1,) * 2)
        far = _far(walk.ways, walk.exit, 1)
        assert (0, 0) in far
        assert all((b, a) in walk.ways for a, b in walk.ways)
        shares.append(len(far) / walk.size**2)
    assert (min(shares) == 1.0) is (level == 1)


def test_a_sequence_is_told_once_and_a_wrong_click_ends_it():
    board = Board(3, ("sun", "moon", "star", "tree", "fish", "bird"), (4, 0, 2))
    assert board.words() == ("fish", "sun", "star")
    assert board.shots() == (("abc", "d*f"), ("*bc", "def"), ("ab*", "def"))
    after = board.after("2 2", DICE)
    assert (after.words(), after.shots()) == ((), (("abc", "def"),))
    assert (after.right, after.over, after.best()) == (1, False, "1 1")
    wrong = after.after("1 3", DICE)
    assert (wrong.right, wrong.over, wrong.won, wrong.score) == (1, True, False, 1 / 3)
    beside = board.after("1 5", DICE)  # not the second icon of the second row
    assert (board.sequence[0], beside.right, beside.over) == (4, 0, True)
    assert board.after(None, DICE).words() == ()
    assert board.after(None, DICE).right == 0


def test_a_lie_swaps_two_neighbours_of_the_sequence():
    board = WORLDS["echoes"].start(3, 2)
    lie = board.altered(Random(1))
    differ = [
        i for i, (a, b) in enumerate(zip(board.sequence, lie.sequence, strict=True)) if a != b
    ]
    assert len(differ) == 2
    assert differ[1] == differ[0] + 1
    assert sorted(board.sequence) == sorted(lie.sequence)


def test_levels_of_the_memory_game_are_the_published_ones():
    boards = [WORLDS["echoes"].start(level, 0) for level in (1, 2, 3)]
    assert [len(b.icons) for b in boards] == [6, 10, 15] == [len(b.sequence) for b in boards]
    assert [b.columns for b in boards] == [3, 5, 5]
    assert len(set(boards[1].sequence)) == 10


def test_a_note_out_of_order_sends_back_to_the_start():
    organ = Organ((0, 1, 2, 3, 4, 5, 6), 3)
    assert organ.words() == ()
    up = organ.after("red", DICE).after("orange", DICE)
    assert (up.progress, up.words()) == (2, ("re",))
    assert up.after("red", DICE).progress == 0
    assert up.after(None, DICE).progress == 2
    won = up.after("yellow", DICE)
    assert (won.over, won.raw) == (True, 100.0)
    assert won.shots()[1][4] == "..N...."
    assert won.shots()[0][7] == "roygcbv"


def test_the_published_score_by_hand():
    assert points([], [], 3) == 0.0
    # Six presses of three due: wrong, wrong (the same colour), right, right, wrong, right.
    found = points([5, 5, 0, 1, 4, 0], [False, False, True, True, False, True], 3)
    assert found == pytest.approx(15 + 27 + 10 * 2 / 6 + 10 * 4 / 6 + 15 * 4 / 6 + 5 * 4 / 5)
    assert points([0], [True], 1) == 30 + 30 + 0 + 10 + 15
    assert points([0, 0], [True, True], 2) == 30 + 30 + 10 + 10 + 15 + 0


def test_the_lie_of_the_melody_is_another_note_of_the_same_colour():
    organ = WORLDS["melody"].start(1, 3).after("blue", DICE)
    for seed in range(5):
        lie = organ.altered(Random(seed))
        assert lie.words() != organ.words()
        assert sorted(lie.notes) == list(range(7))
    assert WORLDS["melody"].start(1, 3).altered(DICE) == WORLDS["melody"].start(1, 3)


def small_field(**fields):
    objectives = (
        Objective((50.0, 50.0), (55.0, 45.0), known=True),
        Objective((90.0, 10.0), (90.0, 10.0), known=False),
    )
    members = ((50.0, 40.0), (10.0, 10.0))
    made = Field(members=members, objectives=objectives, error=0.0, before=members)
    return replace(made, **fields)


def test_hidden_objectives_are_not_told_and_reports_may_be_off():
    field = small_field()
    assert field.words() == ("alpha", "50", "40", "bravo", "10", "10", "target", "55", "45")
    assert sum(row.count("O") for row in field.picture()) == 1
    assert field.picture()[9][2 * 11 + 1] == "O"
    assert (field.picture()[8][20], field.picture()[2][4]) == ("A", "B")
    lie = field.altered(DICE)
    assert lie.words()[6:] == ("target", "45", "45")


def test_moves_end_after_thirty_and_attacks_need_reach():
    field = small_field()
    moved = field.after("bravo move 100 10", DICE)
    assert moved.members[1] == (40.0, 10.0)
    assert moved.before == field.members
    assert field.after("bravo attack 50 50", DICE).score == 0.0
    assert field.after("alpha attack 90 50", DICE).score == 0.0
    tries = [field.after("alpha attack 55 45", Random(i)).score for i in range(300)]
    assert sum(tries) / len(tries) == pytest.approx(0.6 * 0.5, abs=0.06)
    assert field.after("foxtrot move 1 1", DICE).members == field.members


def test_a_scout_notices_more():
    near = small_field(members=((80.0, 20.0), (80.0, 20.0)))
    noticed = {
        who: sum(near.after(f"{who} recon", Random(i)).objectives[1].known for i in range(300))
        / 300
        for who in ("alpha", "bravo")
    }
    assert noticed["alpha"] == pytest.approx(0.8, abs=0.08)
    assert noticed["bravo"] == pytest.approx(0.4, abs=0.08)
    far = small_field().after("alpha recon", DICE)
    assert not far.objectives[1].known


def test_objectives_stand_apart_and_as_many_as_published():
    for level, team, n, hidden in ((1, 2, 3, 1), (2, 4, 5, 2), (3, 6, 7, 4)):
        field = WORLDS["phantom"].start(level, 9)
        assert (len(field.members), len(field.objectives)) == (team, n)
        assert sum(not o.known for o in field.objectives) == hidden


def arena(**fields):
    made = Arena(width=5, height=5, soft=frozenset({(2, 0)}), players=((0, 0), (4, 4), None, None))
    return replace(made, **fields)


def test_a_bomb_goes_off_after_its_fuse_and_takes_walls_and_players():
    board = arena(players=((4, 0), (3, 0), None, None), careless=0.0)
    laid = board._done(0, "bomb 4 4")
    assert (laid.bombs, laid.players[0]) == ((((4, 0), 3),), (4, 4))
    once = laid._burnt()
    assert (once.bombs[0][1], once.players[1]) == (2, (3, 0))
    gone = once._burnt()._burnt()
    assert gone.players[1] is None
    assert gone.soft == frozenset()
    assert (gone.over, gone.won, gone.raw) == (True, True, 100.0)
    assert "*" in "".join(gone.shots()[0])
    assert "*" not in "".join(gone.shots()[1])


def test_a_blast_stops_at_walls_and_one_bomb_sets_off_another():
    board = arena()
    assert board.blast((0, 0)) == {(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)}
    assert board.blast((1, 0)) == {(0, 0), (1, 0), (2, 0)}
    chained = arena(bombs=(((0, 0), 1), ((0, 2), 3)), players=((4, 0), (2, 2), None, None))
    after = chained._burnt()
    assert (after.bombs, after.players[1]) == ((), None)


def test_players_walk_around_walls_and_no_further_than_their_pace():
    board = arena()
    assert board._done(0, "move 0 4").players[0] == (0, 4)
    assert board._done(0, "move 4 4").players[0] == (3, 2)
    assert board._done(0, "move 1 1").players[0] == (0, 0)
    assert board._done(0, "move 9 9").players[0] == (0, 0)
    blocked = arena(bombs=(((0, 1), 3),), soft=frozenset({(1, 0)}))
    assert blocked._done(0, "move 0 4").players[0] == (0, 0)


def test_good_actions_leave_the_player_alive():
    board = arena(bombs=(((0, 0), 2),))
    assert not {tuple(map(int, a.split()[1:])) for a in board.fine()} & board.danger
    trapped = arena(bombs=(((0, 1), 1), ((1, 0), 1)))
    assert trapped.best() == "move 0 0"
