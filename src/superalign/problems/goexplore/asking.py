"""A model's side of a play: questions go out, replies come in, and both are counted."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from superalign.problems.goexplore.play import Play
from superalign.problems.goexplore.protocol import Answer, Question, Role, read
from superalign.records import Reply

T = TypeVar("T")
Asks: TypeAlias = Generator[Question, Reply, T]
"""Yields a question at a time, is sent the reply, and returns a `T`."""


class Asking:
    """Questions of one play; all roles share one chat, of which the last exchanges are shown."""

    def __init__(self, play: Play, system: str, history: int) -> None:
        self.system = system
        self._play, self._history = play, history
        self._earlier: list[tuple[str, str]] = []

    def choose(self, role: Role, text: str, options: tuple[str, ...]) -> Asks[Answer | None]:
        """Return what is chosen, or None, which is counted, where it cannot be read.

        Raises:
            Over: If no reply may be asked for any more.
        """
        reply = yield from self.say(role, text, options)
        answer = read(reply, options)
        self._play.unreadable += answer is None
        return answer

    def say(self, role: Role, text: str, options: tuple[str, ...] = ()) -> Asks[Reply]:
        """Return the reply.

        Raises:
            Over: If no reply may be asked for any more.
        """
        self._play.call()
        shown = self._earlier[-self._history :] if self._history else []
        reply = yield Question(role, text, options, self.system, tuple(shown))
        self._earlier.append((text, reply.text))
        return reply
