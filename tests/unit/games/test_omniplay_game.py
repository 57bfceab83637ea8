"""OmniPlay as a game: what a learner is shown, what stays hidden, and how replies are read."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave

import pytest

from superalign.critics.omniplay import OmniPlayGold
from superalign.games import Seat
from superalign.games.omniplay import OmniPlay
from superalign.policies.scripted import Scripted
from superalign.problems.omniplay.channels import Setting
from superalign.problems.omniplay.play import WORLDS, Play, Task
from superalign.problems.omniplay.protocol import (
    MISREAD,
    Scene,
    action_line,
    packed,
    replay,
    unpacked,
)
from superalign.records import Outcome, Reply


def scene(game="echoes", level=1, seed=3, present=("image", "audio"), **setting):
    return Scene(Task(game, level, seed), Setting(present, **setting))


def lines(of):
    """Return what the oracle says, line by line."""
    play, said = Play(*of), []
    while not play.over:
        said.append(play.state.best())
        play.say(said[-1])
    return said


def spoken(of, rule, **seat):
    game = OmniPlay([of])
    seats = {"learner": Seat(policy=Scripted(rule), **seat)}
    (episode,) = asyncio.run(game.play(of.problem, seats, seed=1))
    return game, episode


def by_turn(said):
    return lambda seen, _: said[sum(m.role == "assistant" for m in seen)]


def test_a_learner_that_says_the_right_lines_wins():
    of = scene()
    said = lines(of)
    game, episode = spoken(of, by_turn([f"I think.\n**Action: {x}**\n" for x in said]))
    assert len(episode.moves) == len(said) == 6
    (verdict,) = asyncio.run(OmniPlayGold(game).judge([episode]))
    assert (verdict.outcome, verdict.scores["score"]) == (Outcome.PASS, 1.0)


def test_the_view_is_pure_and_is_what_was_seen():
    of = scene("melody", present=("text", "image", "audio", "video"))
    game, episode = spoken(of, by_turn([*lines(of)]), brief="Be brief.")
    for i, move in enumerate(episode.moves):
        so_far = episode.model_copy(update={"moves": episode.moves[:i]})
        assert tuple(game.view(so_far, "learner", brief="Be brief.")) == move.seen
    assert episode.moves[0].seen[0].text.startswith("Be brief.\n\n")


@pytest.mark.parametrize("game", WORLDS)
def test_two_games_read_alike_where_only_media_tell_of_them(game):
    texts = []
    for seed in (1, 2):
        _, episode = spoken(scene(game, seed=seed), lambda *_: "nothing")
        texts.append([m.text for m in episode.moves[1].seen if m.role == "user"])
    assert texts[0] == texts[1]


def test_the_sequence_is_in_no_rule():
    for seed in range(3):
        of = scene(seed=seed)
        words = of.task.world.start(1, seed).words()
        assert ", ".join(words) not in of.problem.prompt
        assert " ".join(words) not in of.problem.prompt


def test_media_are_of_the_channels_that_are_present():
    def kinds(**setting):
        _, episode = spoken(scene(**setting), lambda *_: "no")
        return [m.kind for m in episode.moves[0].seen[-1].media]

    assert kinds(present=("image", "audio")) == ["image", "audio"]
    assert kinds(present=("text",)) == []
    assert kinds(present=("video",)) == ["image"] * 6
    assert kinds(present=("image", "video"), video="omitted") == ["image"]


def test_a_clip_is_sent_whole_where_it_is_native():
    pytest.importorskip("av")
    _, episode = spoken(scene(present=("video",), video="native"), lambda *_: "no")
    (media,) = episode.moves[0].seen[-1].media
    assert (media.kind, media.mime) == ("video", "video/mp4")
    assert media.uri.startswith("data:video/mp4;base64,")


def test_text_is_told_only_when_listed():
    shown = {}
    for present in (("text",), ("audio",)):
        _, episode = spoken(scene(present=present), lambda *_: "no")
        shown[present] = episode.moves[0].seen[-1].text
    words = " ".join(WORLDS["echoes"].start(1, 3).words())
    assert f"text: {words}" in shown["text",]
    assert words not in shown["audio",]
    assert "audio: a file" in shown["audio",]


def test_a_sound_is_a_wave_file():
    _, episode = spoken(scene(present=("audio",)), lambda *_: "no")
    (media,) = episode.moves[0].seen[-1].media
    data = base64.b64decode(media.uri.partition(",")[2])
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() == 6 * 1200


def test_turns_that_are_no_longer_remembered_are_not_shown():
    for game, most in (("pathfinding", 1), ("phantom", 3)):
        _, episode = spoken(scene(game), lambda *_: "no")
        counts = [sum(m.role == "user" for m in move.seen) for move in episode.moves]
        assert counts[:4] == [min(i + 1, most) for i in range(4)]
        assert max(counts) == most
        assert [m.role for m in episode.moves[-1].seen[:2]] == ["system", "user"]


def test_a_misread_line_is_said_and_counted():
    of = scene("pathfinding")
    _, episode = spoken(of, lambda *_: "I would rather not.")
    assert MISREAD not in episode.moves[0].seen[-1].text
    assert MISREAD in episode.moves[1].seen[-1].text
    play = replay(of, [m.reply.text for m in episode.moves])
    assert all(s.action is None for s in play.steps)


def test_a_reply_that_never_came_is_unscored():
    game, episode = spoken(scene(), lambda *_: Reply(text="", stop="error", error="gone"))
    assert len(episode.moves) == 1
    (verdict,) = asyncio.run(OmniPlayGold(game).judge([episode]))
    assert verdict.outcome is Outcome.UNSCORED


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("left 2", "left 2"),
        ("Because.\n\n  Left 2  \n\n", "left 2"),
        ("`left 2`", "left 2"),
        ("**Action:** left 2.", "left 2"),
        ("ACTION: left 2", "left 2"),
        ("left 2\nor so", "or so"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_the_last_line_is_the_action(reply, line):
    assert action_line(reply) == line


def test_problems_differ_by_setting_and_say_what_is_shown():
    one, other = scene(), scene(present=("image",))
    assert one.problem.id != other.problem.id
    assert one.problem.level == 1
    assert "Hz" in one.problem.prompt
    assert "Hz" not in other.problem.prompt
    assert scene(conflict=("audio", 0.5)).problem.prompt == one.problem.prompt


def test_a_scene_travels_through_json():
    for of in (scene(), scene(conflict=("audio", 0.5), noise=("image", 0.1), video="omitted")):
        assert unpacked(json.loads(json.dumps(packed(of)))) == of
