"""Tasks in which the right chess move is to be written, as in Burns et al. 2023, appendix A.2.

A prompt numbers every half-move, `1. d4 1... Nf6 2. c4 2...`, and ends in the number of the side
to move; the answer is one move in algebraic notation behind a space. `lichess` reads puzzles:
with their game where the file has it (`ctx`, `target`), else the position before the opponent's
move, in Forsyth-Edwards notation, stands in the game's place (`FEN`, `Moves`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_document
from superalign.problems.tasks.board import Board, Move
from superalign.problems.tasks.fields import text
from superalign.problems.tasks.items import Item

_NUMBER = re.compile(r"\d+\.+")


def mate_examples(file: Path) -> Iterator[Row]:
    """Yield the examples of a task file of BIG-bench.

    Raises:
        BadInput: If the file holds no list `examples`.
    """
    document = read_document(file)
    examples = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(examples, list):
        raise BadInput(f"{file}: field 'examples' holds no list")
    yield from (_example(f"{file}: example {i}", fields) for i, fields in enumerate(examples, 1))


def _example(place: str, fields: Any) -> Row:
    if not isinstance(fields, dict):
        raise BadInput(f"{place}: is not a JSON object")
    return Row(place, fields)


def mate_in_one(row: Row, rng: random.Random) -> list[Item]:
    """Read BIG-bench's checkmate in one: the game so far, and the move that mates.

    Raises:
        BadInput: If a field is missing.
    """
    game = text(row, "input").partition("\nA:")[0]
    moves = [word for word in game.split() if not _NUMBER.fullmatch(word)]
    prompt = _numbered(moves)
    return [Item(prompt=prompt, answer=f" {text(row, 'target').strip()}", group=prompt)]


def _numbered(moves: list[str]) -> str:
    """Return the moves, each with its number, and the number of the one that is to come."""
    numbers = (f"{i // 2 + 1}{'...' if i % 2 else '.'}" for i in range(len(moves) + 1))
    return " ".join(f"{n} {m}".strip() for n, m in zip(numbers, [*moves, ""], strict=True))


def numbered_game(row: Row, rng: random.Random) -> list[Item]:
    """Read a puzzle of Lichess; its level is its rating, and the puzzles of a game are one group.

    Raises:
        BadInput: If a field is missing, or a position or a move cannot be.
    """
    if "ctx" in row.fields:
        game = text(row, "ctx").rstrip()
        return [Item(prompt=game, answer=f" {text(row, 'target').strip()}", group=game)]
    found = puzzle(row)
    before, moved = found.before, found.before.notation(found.opponent)
    return [
        Item(
            prompt=f"{before.fen}\n{before.number} {moved} {found.after.number}",
            answer=f" {found.solution}",
            group=text(row, "GameUrl").partition("#")[0].removesuffix("/black"),
            level=_rating(row),
        )
    ]


class Puzzle(NamedTuple):
    """A position in which one move is to be found."""

    before: Board
    """Before the opponent's move."""
    opponent: Move
    after: Board
    solution: str
    """In algebraic notation."""


def puzzle(row: Row) -> Puzzle:
    """Read a puzzle of Lichess: the first of `Moves` is the opponent's, the second is right.

    Raises:
        BadInput: If a field is missing, or a position or a move cannot be.
    """
    place = f"{row.place}: field 'Moves'"
    moves = text(row, "Moves").split()
    if len(moves) < 2:
        raise BadInput(f"{place} holds no move and reply")
    before = Board.read(text(row, "FEN"), f"{row.place}: field 'FEN'")
    opponent = before.move(moves[0], place)
    after = before.after(opponent)
    return Puzzle(before, opponent, after, after.notation(after.move(moves[1], place)))


def _rating(row: Row) -> int:
    said = text(row, "Rating").strip()
    if not (said.isascii() and said.isdigit()):
        raise BadInput(f"{row.place}: field 'Rating' is {said!r}, no whole number")
    return int(said)
