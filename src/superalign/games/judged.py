"""What all games before a judge share: two answers, A and B, of which the judge may not be told."""

from __future__ import annotations

from abc import abstractmethod

from superalign.games.table import Game
from superalign.policies.reading import fenced
from superalign.records import Episode, Message

JUDGE, EXAMINER = "judge", "examiner"
"""Who decides in the end, and who may ask in between: a judge in both seats sees the same."""
LETTERS = "AB"
DECIDE = "Which answer is right? Reply with <answer>A</answer> or <answer>B</answer>."


class Judged(Game):
    """A game that ends with a judge's choice between a problem's two choices."""

    @abstractmethod
    def view(
        self, episode: Episode, seat: str, *, brief: str = "", swapped: bool = False
    ) -> list[Message]:
        """Return what `seat` may see; to the judge `swapped` calls the second choice A."""

    def played(self, episode: Episode) -> bool:
        """Return whether there is something to judge."""
        return True


def asked(episode: Episode, seat: str, *, source: bool, swapped: bool) -> list[str]:
    """Return the question, the source if it is shown, and the answers by their letters."""
    problem = episode.problem
    parts = [block("question", problem.prompt, episode, seat)]
    parts += [block("source", problem.source, episode, seat)] if source else []
    named = zip(LETTERS, problem.choices[:: -1 if swapped else 1], strict=True)
    return [*parts, *(block(f"answer {name}", text, episode, seat) for name, text in named)]


def block(name: str, text: str, episode: Episode, seat: str) -> str:
    """Return text between markers with a code of the seat's own, which no other can forge."""
    return fenced(name, text, episode.seed, seat)
