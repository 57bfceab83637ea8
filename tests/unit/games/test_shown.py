"""Shown: the learner sees what the shelf holds, and it is recorded as seen."""

from __future__ import annotations

import asyncio

from superalign.games import Seat
from superalign.games.shown import Shown
from superalign.games.solo import LEARNER
from superalign.policies.scripted import Scripted
from superalign.records import Media, Message, Problem

PICTURE = Media(kind="image", uri="data:image/png;base64,AA==")


def test_pictures_and_earlier_turns_are_seen():
    problem = Problem.of("What is it?")
    seen = [
        Message(role="assistant", text="I drew a cat."),
        Message(role="user", text="What is it?", media=(PICTURE,)),
    ]
    game = Shown({problem.id: seen})
    seat = Seat(policy=Scripted(["a cat"]), brief="Be brief.")
    first, second = asyncio.run(game.play(problem, {LEARNER: seat}, n=2))
    (move,) = first.moves
    assert [m.text for m in move.seen] == ["Be brief.", "I drew a cat.", "What is it?"]
    assert move.seen[-1].media == (PICTURE,)
    assert (first.game, first.final.text, first.id != second.id) == ("shown", "a cat", True)
