"""Shown: the learner sees messages that a shelf keeps for the problem, pictures among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from superalign.games.solo import Solo
from superalign.records import Episode, Message


class Shown(Solo):
    """Solo, where a prompt alone does not say what is seen: pictures, or what was said before.

    A problem's id has to name the messages too, for a recorded play is found again by it.
    """

    name: ClassVar[str] = "shown"

    def __init__(self, shelf: Mapping[str, Sequence[Message]]) -> None:
        """Take what is seen by problem id."""
        self.shelf = shelf

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the brief, if any, then the problem's messages."""
        before = [Message(role="system", text=brief)] if brief else []
        return [*before, *self.shelf[episode.problem.id]]
