"""A chess position: whose move it is, which moves are legal, and how one is written down.

It knows as much as the notation of a move needs: moves in coordinates (`e7e8q`) come in, algebraic
notation (`e8=Q+`) goes out. Squares are numbered 0 (a1) to 63 (h8); a piece is its letter in
Forsyth-Edwards notation, upper case for white.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

from superalign.errors import BadInput

_ROOK = ((1, 0), (-1, 0), (0, 1), (0, -1))
_BISHOP = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_STEPS = {
    "n": tuple((a * x, b * y) for x, y in ((1, 2), (2, 1)) for a in (1, -1) for b in (1, -1)),
    "b": _BISHOP,
    "r": _ROOK,
    "q": _ROOK + _BISHOP,
    "k": _ROOK + _BISHOP,
}
_SLIDES = "brq"
_CORNERS = {0: "Q", 7: "K", 56: "q", 63: "k"}
"""The right to castle that is lost when a piece leaves or takes a corner."""
_FEN = re.compile(
    r"([1-8pnbrqkPNBRQK/]{15,71}) ([wb]) (-|[KQkq]{1,4}) (-|[a-h][36]) \d{1,4} (\d{1,4})", re.ASCII
)
_MOVE = re.compile(r"([a-h][1-8])([a-h][1-8])([nbrq]?)")


class Move(NamedTuple):
    """From one square to another, with the piece that a pawn becomes."""

    start: int
    end: int
    becomes: str = ""


def name_of(square: int) -> str:
    """Return a square as `e4`."""
    return f"{'abcdefgh'[square % 8]}{square // 8 + 1}"


def _square(name: str) -> int:
    return "abcdefgh".index(name[0]) + 8 * (int(name[1]) - 1)


def _offset(square: int, step: tuple[int, int]) -> int | None:
    """Return the square a step away, or None where the board ends."""
    file, rank = square % 8 + step[0], square // 8 + step[1]
    return file + 8 * rank if 0 <= file < 8 and 0 <= rank < 8 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A position."""

    pieces: tuple[str, ...]
    """By square; empty where nothing stands."""
    white: bool
    """Whether it is white's move."""
    castling: str
    passed: int | None
    """The square behind a pawn that has just moved two."""
    turn: int
    """Number of the full move."""
    fen: str = ""
    """As it was read; empty after a move."""

    @classmethod
    def read(cls, fen: str, place: str) -> Self:
        """Return the position of a line in Forsyth-Edwards notation.

        Raises:
            BadInput: If it is none; the line begins with `place`.
        """
        found = _FEN.fullmatch(fen.strip())
        placed, side, castling, passed, turn = found.groups() if found else [""] * 5
        ranks = [re.sub(r"\d", lambda m: " " * int(m[0]), rank) for rank in placed.split("/")]
        shown = "".join(ranks)
        whole = [len(rank) for rank in ranks] == [8] * 8 and shown.count("k") == shown.count(
            "K"
        ) == 1
        if not whole or set("pP") & set(ranks[0] + ranks[-1]):
            raise BadInput(f"{place} is no chess position: {fen[:80]!r}")
        return cls(
            pieces=tuple(p.strip() for rank in reversed(ranks) for p in rank),
            white=side == "w",
            castling=castling,
            passed=None if passed == "-" else _square(passed),
            turn=int(turn),
            fen=fen.strip(),
        )

    @property
    def number(self) -> str:
        """The number of the move to come, `12.` for white and `12...` for black."""
        return f"{self.turn}{'.' if self.white else '...'}"

    def move(self, said: str, place: str) -> Move:
        """Return a move given in coordinates.

        Raises:
            BadInput: If it is not legal here; the line begins with `place`.
        """
        found = _MOVE.fullmatch(said)
        move = Move(_square(found[1]), _square(found[2]), found[3]) if found else None
        if move is None or move not in self._moves() or not self._safe(move):
            raise BadInput(f"{place}: {said!r} is no legal move")
        return move

    def legal(self) -> list[Move]:
        """Return every legal move."""
        return [move for move in self._moves() if self._safe(move)]

    def _safe(self, move: Move) -> bool:
        """Whether the own king is not to be taken after a move."""
        after = self.after(move)
        return not after._attacked(after._king(self.white), by=after.white)

    def notation(self, move: Move) -> str:
        """Return a legal move in algebraic notation."""
        after = self.after(move)
        mark = ""
        if after._attacked(after._king(after.white), by=not after.white):
            mark = "+" if after.legal() else "#"
        return self._written(move) + mark

    def _written(self, move: Move) -> str:
        piece, end = self.pieces[move.start].upper(), name_of(move.end)
        if piece == "K" and abs(move.end - move.start) == 2:
            return "O-O" if move.end > move.start else "O-O-O"
        takes = bool(self.pieces[move.end]) or (piece == "P" and move.end == self.passed)
        if piece == "P":
            start = name_of(move.start)[0] + "x" if takes else ""
            return start + end + (f"={move.becomes.upper()}" if move.becomes else "")
        return piece + self._told_apart(move) + ("x" if takes else "") + end

    def _told_apart(self, move: Move) -> str:
        """Return the file, rank or square that tells `move` from those of like pieces."""
        piece, own = self.pieces[move.start], name_of(move.start)
        rivals = [
            name_of(m.start)
            for m in self._moves()
            if m.end == move.end and m.start != move.start and self.pieces[m.start] == piece
            if self._safe(m)
        ]
        if not rivals:
            return ""
        if all(r[0] != own[0] for r in rivals):
            return own[0]
        return own[1] if all(r[1] != own[1] for r in rivals) else own

    def after(self, move: Move) -> Board:
        """Return the position after a move."""
        pieces = list(self.pieces)
        piece, ahead = pieces[move.start], 8 if self.white else -8
        pieces[move.start] = ""
        if piece in "pP" and move.end == self.passed:
            pieces[move.end - ahead] = ""
        if piece in "kK" and abs(move.end - move.start) == 2:
            corner = move.end + (1 if move.end > move.start else -2)
            pieces[(move.start + move.end) // 2], pieces[corner] = pieces[corner], ""
        become = move.becomes.upper() if self.white else move.becomes
        pieces[move.end] = become or piece
        leapt = piece in "pP" and abs(move.end - move.start) == 16
        lost = {_CORNERS.get(move.start), _CORNERS.get(move.end)}
        lost |= set("KQ" if self.white else "kq") if piece in "kK" else set()
        return Board(
            pieces=tuple(pieces),
            white=not self.white,
            castling="".join(c for c in self.castling if c not in lost),
            passed=move.start + ahead if leapt else None,
            turn=self.turn + (not self.white),
        )

    def _king(self, white: bool) -> int:
        return self.pieces.index("K" if white else "k")

    def _moves(self) -> Iterator[Move]:
        """Yield moves, those included that leave the own king in check."""
        for start, piece in enumerate(self.pieces):
            if not piece or piece.isupper() != self.white:
                continue
            if piece in "pP":
                yield from self._pawn(start)
                continue
            for end in self._reached(start, piece.lower()):
                if not self.pieces[end] or self.pieces[end].isupper() != self.white:
                    yield Move(start, end)
            if piece in "kK":
                yield from self._castles(start)

    def _reached(self, start: int, piece: str) -> Iterator[int]:
        """Yield the squares a piece reaches, up to the first that is taken."""
        for step in _STEPS[piece]:
            end = _offset(start, step)
            while end is not None:
                yield end
                end = _offset(end, step) if piece in _SLIDES and not self.pieces[end] else None

    def _pawn(self, start: int) -> Iterator[Move]:
        ahead = 1 if self.white else -1
        ends = []
        one = start + 8 * ahead
        if not self.pieces[one]:
            ends.append(one)
            if start // 8 == (1 if self.white else 6) and not self.pieces[one + 8 * ahead]:
                ends.append(one + 8 * ahead)
        for side in (-1, 1):
            end = _offset(start, (side, ahead))
            if end is None:
                continue
            taken = self.pieces[end]
            if end == self.passed or (taken and taken.isupper() != self.white):
                ends.append(end)
        for end in ends:
            last = end // 8 in (0, 7)
            yield from (Move(start, end, b) for b in ("qrbn" if last else ("",)))

    def _castles(self, king: int) -> Iterator[Move]:
        for right, between, passing, end in (("K", (5, 6), (4, 5), 6), ("Q", (1, 2, 3), (4, 3), 2)):
            home = 0 if self.white else 56
            held = (right if self.white else right.lower()) in self.castling
            if not held or king != home + 4 or any(self.pieces[home + s] for s in between):
                continue
            if not any(self._attacked(home + s, by=not self.white) for s in passing):
                yield Move(king, home + end)

    def _attacked(self, square: int, *, by: bool) -> bool:
        """Return whether a side, white if `by`, attacks a square."""
        for kind in _STEPS:
            wanted = kind.upper() if by else kind
            if any(self.pieces[s] == wanted for s in self._reached(square, kind)):
                return True
        behind, pawn = (-1, "P") if by else (1, "p")
        places = (_offset(square, (side, behind)) for side in (-1, 1))
        return any(p is not None and self.pieces[p] == pawn for p in places)
