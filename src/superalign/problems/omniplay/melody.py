"""Alchemist's melody: find out which colour sounds which note, and play the scale upwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from random import Random

from superalign.problems.omniplay.sounds import NOTES
from superalign.problems.omniplay.tiles import Paint, Palette, Tiles
from superalign.problems.omniplay.world import Action, Mind, Shots, State, Words, World

COLOURS = {
    "red": (200, 30, 30),
    "orange": (240, 140, 20),
    "yellow": (235, 220, 40),
    "green": (30, 140, 60),
    "cyan": (60, 200, 220),
    "blue": (30, 60, 200),
    "violet": (140, 40, 170),
}
NAMES = tuple(COLOURS)
LENGTHS = {1: 3, 2: 5, 3: 7}
"""Notes to play, by level."""
LIMIT = 40
"""Turns of a play, at most."""


@dataclass(frozen=True)
class Organ(State):
    """Seven colours, the hidden note of each, and what was pressed."""

    notes: tuple[int, ...]
    """By colour, 0 for do."""
    length: int
    pressed: tuple[int, ...] = ()
    """Colours in order."""
    right: tuple[bool, ...] = ()
    """Whether each press was the note that was due."""
    progress: int = 0
    turn: int = 0

    @property
    def over(self) -> bool:
        return self.won

    @property
    def won(self) -> bool:
        return self.progress == self.length

    @property
    def raw(self) -> float:
        return points(self.pressed, self.right, self.length)

    @property
    def score(self) -> float:
        return self.raw / 100

    def after(self, action: Action | None, rng: Random) -> Organ:
        if action is None:
            return replace(self, turn=self.turn + 1)
        colour = NAMES.index(action)
        hit = self.notes[colour] == self.progress
        return replace(
            self,
            pressed=(*self.pressed, colour),
            right=(*self.right, hit),
            progress=self.progress + 1 if hit else 0,
            turn=self.turn + 1,
        )

    def altered(self, rng: Random) -> Organ:
        """Let the colour that was pressed last sound another note."""
        if not self.pressed:
            return self
        colour = self.pressed[-1]
        other = rng.choice([c for c in range(len(NAMES)) if c != colour])
        notes = list(self.notes)
        notes[colour], notes[other] = notes[other], notes[colour]
        return replace(self, notes=tuple(notes))

    def best(self) -> Action:
        return NAMES[self.notes.index(self.progress)]

    def chance(self, rng: Random) -> Action:
        return rng.choice(NAMES)

    def words(self) -> Words:
        return (NOTES[self.notes[self.pressed[-1]]],) if self.pressed else ()

    def shots(self) -> Shots:
        """Return the blocks, and then a note over the one pressed last; a row is a tone higher."""
        blocks = "".join(name[0] for name in NAMES)
        rest = (*["." * len(NAMES)] * len(NOTES), blocks)
        if not self.pressed:
            return (rest,)
        colour = self.pressed[-1]
        height = len(NOTES) - 1 - self.notes[colour]
        rows = list(rest)
        rows[height] = "." * colour + "N" + "." * (len(NAMES) - 1 - colour)
        return rest, tuple(rows)


def points(pressed: Sequence[int], right: Sequence[bool], length: int) -> float:
    """Return the published score of an episode, from 0 to 100 (the parts are A to F).

    Of S presses: 30 x share that was right; 30 less one for each press beyond the `length` due; 10
    x share in right streaks; 10 less 10 x share in wrong streaks; 15 less 15 x share in streaks of
    one colour pressed wrongly; 5 x changes of colour over S - 1. A streak is of two or more, which
    the published text says of the fifth part alone.
    """
    total = len(pressed)
    if not total:
        return 0.0
    streaks = dict.fromkeys((True, False), 0)
    for hit, run in groupby(right):
        n = len(list(run))
        streaks[hit] += n if n > 1 else 0
    stuck = 0
    for (_, hit), same in groupby(zip(pressed, right, strict=True)):
        n = len(list(same))
        stuck += n if n > 1 and not hit else 0
    changes = sum(a != b for a, b in pairwise(pressed))
    return (
        30 * sum(right) / total
        + max(0, 30 - max(0, total - length))
        + 10 * streaks[True] / total
        + 10 * (1 - streaks[False] / total)
        + 15 * (1 - stuck / total)
        + (5 * changes / (total - 1) if total > 1 else 0)
    )


class Listener(Mind):
    """Tries colours until it knows those that are due."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._notes: dict[int, int] = {}
        self._last: int | None = None
        self._progress = 0

    def hear(self, words: Words) -> None:
        if len(words) == 1 and words[0] in NOTES and self._last is not None:
            self._learn(self._last, NOTES.index(words[0]))

    def look(self, shots: Sequence[Tiles]) -> None:
        found = [(r, row.index("N")) for r, row in enumerate(shots[-1][:-1]) if "N" in row]
        if len(found) == 1 and self._last is not None:
            self._learn(found[0][1], len(NOTES) - 1 - found[0][0])

    def _learn(self, colour: int, note: int) -> None:
        """Take in what the last press sounded; told again of the same press, nothing changes."""
        self._notes = {c: n for c, n in self._notes.items() if n != note} | {colour: note}
        self._progress = self._progress + 1 if note == self._progress else 0
        self._last = None

    def did(self, action: Action) -> None:
        if self._last is not None:  # nothing was told of the press before
            self._progress = 0
        self._last = NAMES.index(action)

    def _fine(self) -> list[int]:
        due = [c for c, n in self._notes.items() if n == self._progress]
        return due or [c for c in range(len(NAMES)) if c not in self._notes]

    def supports(self, action: Action) -> bool:
        return NAMES.index(action) in self._fine()

    def choose(self, rng: Random) -> Action:
        return NAMES[rng.choice(self._fine() or range(len(NAMES)))]


class Melody(World):
    """The game of colours and notes."""

    name = "melody"
    unit = "points of 100"
    memory = 20
    vocabulary = NOTES
    palette = Palette(
        {
            ".": Paint((250, 250, 250)),
            "N": Paint((0, 0, 0), "o"),
            **{name[0]: Paint(colour) for name, colour in COLOURS.items()},
        }
    )

    def start(self, level: int, seed: int) -> Organ:
        notes = Random(seed).sample(range(len(NOTES)), len(NOTES))
        return Organ(tuple(notes), LENGTHS[level])

    def limit(self, level: int) -> int:
        return LIMIT

    def rules(self, start: State) -> str:
        assert isinstance(start, Organ)
        return (
            f"Each of seven colours sounds one of the notes {', '.join(NOTES)}, and you do not "
            f"know which. Press colours so that the first {start.length} notes of the scale sound "
            "in that order, one after the other; a note out of order sends you back to do. An "
            f"action is a colour: {', '.join(NAMES)}. A picture shows the colours below and, after "
            "a press, a black note over the colour that was pressed: the higher it stands, the "
            f"higher the note, do in the lowest of {len(NOTES)} rows. Words are the note itself."
        )

    def mind(self, start: State) -> Listener:
        assert isinstance(start, Organ)
        return Listener(start.length)

    def read(self, line: str) -> Action | None:
        return line if line in NAMES else None
