"""Solutions with labels of their lines, and what more can be made of them without a label more.

- *Tampering* (McAleese et al. 2024, arXiv 2407.00215): one character is changed; the line it stands
  in is wrong, those before it are right.
- *Cutting short*: the last lines are left out; the line it then ends on is wrong.
- *Composing*: labelled easy solutions are put one after another into one long text.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits

from superalign.records import Episode, Message


@dataclass(frozen=True, slots=True)
class Labelled:
    """A solution and labels of its lines."""

    seen: tuple[Message, ...]
    """What the solution is to."""
    solution: str
    steps: tuple[bool, ...]
    """The first lines may have labels alone; the others are not learnt from."""
    right: bool | None = None
    """Whether its final answer is right; None where nobody said."""

    @classmethod
    def of(cls, episode: Episode, steps: Sequence[float]) -> Labelled:
        """Take an episode's final reply and people's 0/1 score of each line."""
        said = episode.moves[-1]
        return cls(said.seen, said.reply.text, tuple(s > 0.5 for s in steps))


Compose = Callable[[Sequence[Labelled], random.Random], Labelled | None]
"""Puts labelled solutions one after another; None where they do not fit together."""


def compositions(
    labelled: Sequence[Labelled], compose: Compose, n: int, rng: random.Random
) -> list[Labelled]:
    """Return up to `n` compositions of two to five labelled solutions each."""
    drawn = [rng.choices(labelled, k=rng.randint(2, 5)) for _ in range(n)]
    return [made for parts in drawn if (made := compose(parts, rng)) is not None]


def tamper(text: str, rng: random.Random) -> tuple[str, int]:
    """Change one letter or digit of `text` into another of its kind; return it and the place.

    Raises:
        ValueError: If `text` has neither letters nor digits.
    """
    found = places(text)
    if not found:
        raise ValueError(f"nothing to tamper with in {text!r}")
    place = rng.choice(found)
    alphabet = digits if text[place].isdigit() else ascii_lowercase
    other = rng.choice([c for c in alphabet if c != text[place].lower()])
    return text[:place] + other + text[place + 1 :], place


def cut_short(text: str, rng: random.Random) -> str:
    """Return the first lines of `text`, at least one and not all.

    Raises:
        ValueError: If `text` is a single line.
    """
    lines = text.split("\n")
    if len(lines) < 2:
        raise ValueError(f"nothing to cut from {text!r}")
    return "\n".join(lines[: rng.randrange(1, len(lines))])


def places(text: str) -> list[int]:
    """Return where `text` has letters and digits; a reply approved by mistake may have none."""
    return [i for i, c in enumerate(text) if c.isalnum() and c.isascii()]
