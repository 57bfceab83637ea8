"""The oracle wins, chance does not, and a player of one sense fails just where that sense fails."""

from __future__ import annotations

from random import Random

import pytest

from omniplay_plays import ALL, played, score, wins
from superalign.problems.omniplay.channels import Setting, signal, tell
from superalign.problems.omniplay.learned import learned_player
from superalign.problems.omniplay.play import WORLDS, Play, Task
from superalign.problems.omniplay.players import only

CHANNELS = ("text", "image", "audio", "video")
SURE = ("pathfinding", "echoes", "melody", "phantom")
"""Games that who knows the state wins every time; in blasting the rivals have a say."""


@pytest.mark.parametrize("game", SURE)
def test_the_oracle_wins_and_chance_does_not(game):
    seeds = range(20, 26)
    for level in (1, 2, 3):
        assert wins(played("oracle", game, level=level, seeds=seeds, present=())) == 6
        assert wins(played("random", game, level=level, seeds=seeds, present=())) <= 1


def test_the_oracle_mostly_wins_with_bombs():
    best = played("oracle", "blasting", seeds=range(8), present=())
    chance = played("random", "blasting", seeds=range(8), present=())
    assert wins(best) >= 6 > 3 >= wins(chance)
    assert sum(p.state.players[0] is None for p in best) <= 1


@pytest.mark.parametrize("game", SURE)
@pytest.mark.parametrize("channel", CHANNELS)
def test_one_sense_is_enough_and_fails_where_it_lies_or_is_gone(game, channel):
    who, seeds = f"only-{channel}", range(33, 36)
    others = tuple(c for c in ALL if c != channel)
    honest = played(who, game, seeds=seeds, present=(channel,))
    assert wins(honest) == 3
    lying = played(who, game, seeds=seeds, present=(channel,), conflict=(channel, 1.0))
    assert score(lying) < score(honest) - 0.2
    gone = played(who, game, seeds=seeds, present=others)
    assert score(gone) < score(honest) - 0.3
    if channel == "audio":
        elsewhere = played(
            who, game, seeds=seeds, conflict=("text", 1.0), present=("text", "audio")
        )
        assert [p.state for p in elsewhere] == [p.state for p in honest]


@pytest.mark.parametrize("channel", ["image", "audio"])
def test_one_sense_survives_bombs_until_it_lies(channel):
    seeds = (41, 42, 45, 46, 47)
    honest = played(f"only-{channel}", "blasting", seeds=seeds, present=(channel,))
    lying = played(
        f"only-{channel}", "blasting", seeds=seeds, present=(channel,), conflict=(channel, 1.0)
    )
    assert wins(honest) == 5
    assert wins(lying) <= 1


def test_what_is_read_is_the_signal_and_nothing_else(monkeypatch):
    """The same player before another state's signals does what they say."""
    world = WORLDS["pathfinding"]
    here, there = world.start(1, 1), world.start(1, 2)
    for channel in CHANNELS:
        mind = world.mind(here)
        tell(mind, world, signal(world, there, channel, Setting((channel,)), 0))
        assert mind.choose(Random(0)) == there.best()


def test_a_native_clip_tells_as_much_as_its_frames():
    pytest.importorskip("av")
    one = {"seeds": range(2), "present": ("video",)}
    native = played("only-video", "echoes", video="native", **one)
    assert [p.state for p in native] == [p.state for p in played("only-video", "echoes", **one)]
    assert wins(played("only-video", "echoes", video="omitted", **one)) == 0


def test_noise_beyond_measure_deafens():
    loud = played("only-audio", "echoes", present=("audio",), noise=("audio", 30.0))
    assert wins(loud) == 0
    assert wins(played("only-audio", "echoes", present=("audio",), noise=("audio", 0.3))) == 3


def test_the_dice_of_the_world_do_not_depend_on_channels():
    one = played("oracle", "phantom", level=2, present=("image",))
    two = played("oracle", "phantom", level=2, present=ALL, conflict=("audio", 0.5))
    assert [p.state for p in one] == [p.state for p in two]


def test_lies_are_logged_and_who_follows_them_is_known():
    (play,) = played(
        "only-audio", "pathfinding", seeds=[3], present=("image", "audio"), conflict=("audio", 0.5)
    )
    lies = [s for s in play.steps if s.lied]
    assert lies
    assert {s.lied for s in lies} == {"audio"}
    assert all("audio" in s.supported for s in play.steps)
    contested = [s for s in play.steps if s.contested]
    assert 0 < len(contested) <= len(lies)
    assert not any("image" in s.supported for s in contested)
    assert all(s.lied for s in contested)
    assert all(s.supported == ("image", "audio") for s in play.steps if not s.lied)
    share = len(lies) / len(play.steps)
    assert 0.2 < share < 0.7


def test_a_lie_told_once_is_contested_where_it_matters():
    of = {"seeds": range(6), "present": ("image", "audio"), "conflict": ("audio", 1.0)}
    for play in played("oracle", "echoes", **of):
        sequence, lie = play.state.sequence, play.task.world.start(1, play.task.seed)
        assert lie.sequence == sequence
        assert [bool(s.lied) for s in play.steps] == [True] + [False] * 5
        contested = [i for i, s in enumerate(play.steps) if s.contested]
        assert len(contested) == 2
        assert contested[1] == contested[0] + 1
        assert all(s.supported == ("image",) for s in play.steps if s.contested)


def test_a_lie_that_says_the_same_is_none():
    task = Task("melody", 1, 5)
    play = Play(task, Setting(("audio",), conflict=("audio", 1.0)))
    assert play.lied is None
    play.say("red")
    assert play.lied == "audio"
    assert play.told("audio").words() != play.state.words()
    assert Play(task, Setting(("audio",), conflict=("audio", 0.0))).lied is None


def test_a_lie_of_a_channel_that_is_not_shown_is_none():
    play = Play(Task("pathfinding", 1, 5), Setting(("image",), conflict=("audio", 1.0)))
    assert play.lied is None


def test_a_line_that_is_no_action_wastes_the_turn():
    play = Play(Task("pathfinding", 1, 5), Setting(("image",)))
    play.say("onwards!")
    assert [s.action for s in play.steps] == [None]
    assert play.state.at == (0, 0)
    while not play.over:
        play.say("")
    assert (len(play.steps), play.state.won, play.state.score) == (60, False, 0.0)
    with pytest.raises(ValueError, match="over"):
        play.say("left 1")


def test_the_maze_can_be_learnt_by_ear():
    seeds = range(50, 54)
    honest = played(learned_player, "pathfinding", level=2, seeds=seeds, present=("image", "audio"))
    assert wins(honest) == 4
    deaf = played(learned_player, "pathfinding", level=2, seeds=seeds, present=("image",))
    assert wins(deaf) == 0
    lying = played(
        learned_player,
        "pathfinding",
        level=2,
        seeds=seeds,
        present=("audio",),
        conflict=("audio", 1.0),
    )
    assert wins(lying) <= 1


def test_a_player_without_its_sense_guesses():
    task = Task("melody", 1, 5)
    played_ = only("image")(task, Setting(("audio",)), Random(1))
    assert len({s.action for s in played_.steps}) > 3


@pytest.mark.parametrize(
    ("rate", "low", "high"), [(0.0, 0.0, 0.0), (0.5, 0.3, 0.7), (1.0, 1.0, 1.0)]
)
def test_a_channel_lies_as_often_as_asked(rate, low, high):
    play = Play(Task("melody", 2, 8), Setting(("audio",), conflict=("audio", rate)))
    while not play.over:
        play.say("red")
    told = play.steps[1:]  # before the first press there is nothing to lie about
    assert low <= sum(s.lied == "audio" for s in told) / len(told) <= high
