"""Myriad echoes: see or hear a sequence of icons once, then click it from memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import NamedTuple

from superalign.problems.omniplay.sounds import ICONS
from superalign.problems.omniplay.tiles import Paint, Palette, Tiles, sheet
from superalign.problems.omniplay.world import Action, Mind, Shots, State, Words, World


class Plan(NamedTuple):
    """A difficulty, as published."""

    rows: int
    columns: int
    repeats: bool
    """Whether an icon may come again."""


PLANS = {1: Plan(2, 3, False), 2: Plan(2, 5, False), 3: Plan(3, 5, True)}
SPARE = 3
"""Turns beyond the length of the sequence."""


@dataclass(frozen=True)
class Board(State):
    """Icons in rows, and a sequence of their places."""

    columns: int
    icons: Words
    """By place, in the order of reading."""
    sequence: tuple[int, ...]
    clicked: tuple[int, ...] = ()
    turn: int = 0

    @property
    def right(self) -> int:
        """Clicks before the first wrong one."""
        pairs = zip(self.clicked, self.sequence, strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), len(self.clicked))

    @property
    def over(self) -> bool:
        return self.won or self.right < len(self.clicked)

    @property
    def won(self) -> bool:
        return self.right == len(self.sequence)

    @property
    def raw(self) -> float:
        return self.right

    @property
    def score(self) -> float:
        return self.right / len(self.sequence)

    def after(self, action: Action | None, rng: Random) -> Board:
        clicked = self.clicked if action is None else (*self.clicked, self._place(action))
        return replace(self, clicked=clicked, turn=self.turn + 1)

    def _place(self, action: Action) -> int:
        """Return where a click falls; beside the board is a place of its own."""
        row, column = map(int, action.split())
        inside = column <= self.columns and row * self.columns <= len(self.icons)
        return (row - 1) * self.columns + column - 1 if inside else len(self.icons)

    def name(self, place: int) -> Action:
        """Return the click on a place: row and column, from 1."""
        return f"{place // self.columns + 1} {place % self.columns + 1}"

    def altered(self, rng: Random) -> Board:
        """Swap two items that stand side by side and differ."""
        pairs = zip(self.sequence, self.sequence[1:], strict=False)
        i = rng.choice([i for i, (a, b) in enumerate(pairs) if a != b])
        a, b = self.sequence[i : i + 2]
        return replace(self, sequence=(*self.sequence[:i], b, a, *self.sequence[i + 2 :]))

    def best(self) -> Action:
        return self.name(self.sequence[len(self.clicked)])

    def chance(self, rng: Random) -> Action:
        return self.name(rng.randrange(len(self.icons)))

    def words(self) -> Words:
        """Return the sequence, which is said in the first turn only."""
        return () if self.turn else tuple(self.icons[i] for i in self.sequence)

    def shots(self) -> Shots:
        """Return a frame for every icon that lights up, or the board at rest."""
        lit: Sequence[int | None] = (None,) if self.turn else self.sequence
        return tuple(map(self._lit, lit))

    def picture(self) -> Tiles:
        return sheet(self.shots())

    def _lit(self, place: int | None) -> Tiles:
        codes = ["*" if i == place else chr(ord("a") + i) for i in range(len(self.icons))]
        rows = range(0, len(codes), self.columns)
        return tuple("".join(codes[r : r + self.columns]) for r in rows)


class Rememberer(Mind):
    """Clicks what it was told in the first turn."""

    def __init__(self, board: Board) -> None:
        self._board = replace(board, sequence=())

    def hear(self, words: Words) -> None:
        icons = self._board.icons
        self._tell([icons.index(w) for w in words if w in icons])

    def look(self, shots: Sequence[Tiles]) -> None:
        columns = self._board.columns
        rows = len(self._board.icons) // columns
        lit = [
            (shot, r // (rows + 1), c // (columns + 1), r % (rows + 1), c % (columns + 1))
            for shot, tiles in enumerate(shots)
            for r, row in enumerate(tiles)
            for c, code in enumerate(row)
            if code == "*"
        ]
        self._tell([r * columns + c for *_, r, c in sorted(lit)])

    def _tell(self, sequence: Sequence[int]) -> None:
        if sequence and not self._board.sequence:
            self._board = replace(self._board, sequence=tuple(sequence))

    def did(self, action: Action) -> None:
        self._board = self._board.after(action, Random(0))

    def supports(self, action: Action) -> bool:
        board = self._board
        return len(board.clicked) < len(board.sequence) and action == board.best()

    def choose(self, rng: Random) -> Action:
        board = self._board
        more = len(board.clicked) < len(board.sequence)
        return board.best() if more else board.chance(rng)


class Echoes(World):
    """The memory game."""

    name = "echoes"
    unit = "clicks before the first wrong one"
    memory = 20
    vocabulary = ICONS
    palette = Palette(
        {
            "*": Paint((255, 255, 255), "o"),
            **{
                chr(ord("a") + i): Paint((60 + 40 * (i % 4), 50 + 45 * (i // 4), 110), icon[:2])
                for i, icon in zip(count(), ICONS, strict=False)
            },
        }
    )

    def start(self, level: int, seed: int) -> Board:
        rng, plan = Random(seed), PLANS[level]
        places = range(plan.rows * plan.columns)
        drawn = (
            [rng.choice(places) for _ in places]
            if plan.repeats
            else rng.sample(places, len(places))
        )
        return Board(plan.columns, tuple(rng.sample(ICONS, len(places))), tuple(drawn))

    def limit(self, level: int) -> int:
        return PLANS[level].rows * PLANS[level].columns + SPARE

    def rules(self, start: State) -> str:
        assert isinstance(start, Board)
        rows = [
            ", ".join(start.icons[r : r + start.columns])
            for r in range(0, len(start.icons), start.columns)
        ]
        board = "; ".join(f"row {i}: {row}" for i, row in enumerate(rows, 1))
        return (
            f"On a board of icons ({board}) a sequence of {len(start.sequence)} lights up, once, "
            "in the first turn. Then click it in the same order, one icon a turn; the first wrong "
            "click ends the game. An action is the row and the column of an icon, from 1, for "
            "instance `1 2`. A clip, and a picture that shows all frames in the order of reading, "
            "have the icon that is lit white. Words name the icons in order."
        )

    def mind(self, start: State) -> Rememberer:
        assert isinstance(start, Board)
        return Rememberer(start)

    def read(self, line: str) -> Action | None:
        found = re.fullmatch(r"([1-3])[\s,]+([1-5])", line)
        return f"{found[1]} {found[2]}" if found else None
