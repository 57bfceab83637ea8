import pytest

from superalign.errors import BadInput
from superalign.problems.tasks.board import Board

START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"
BUSY = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
ENDGAME = "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1"
PROMOTING = "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1"


def leaves(board, depth):
    if not depth:
        return 1
    return sum(leaves(board.after(move), depth - 1) for move in board.legal())


@pytest.mark.parametrize(
    ("fen", "depth", "expected"),
    [(START, 2, 400), (BUSY, 2, 2039), (ENDGAME, 2, 191), (PROMOTING, 2, 264)],
    ids=["start", "busy", "endgame", "promoting"],
)
def test_the_legal_moves_are_as_many_as_the_published_counts(fen, depth, expected):
    """Counts of leaves, "perft", from the chess programming wiki's standard positions."""
    assert leaves(Board.read(fen, "here"), depth) == expected


@pytest.mark.parametrize(
    ("fen", "move", "written"),
    [
        (START, "g1f3", "Nf3"),
        (BUSY, "e1g1", "O-O"),
        (BUSY, "e1c1", "O-O-O"),
        (BUSY, "d5e6", "dxe6"),
        ("4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1", "a1d1", "Rd1"),
        ("4k3/8/8/8/8/8/4K3/R6R w - - 0 1", "a1d1", "Rad1"),
        ("4k3/8/8/R7/8/8/4K3/R7 w - - 0 1", "a1a3", "R1a3"),
        ("6k1/8/8/8/4Q2Q/8/K7/7Q w - - 0 1", "h4e1", "Qh4e1"),
        ("8/P6k/8/8/8/8/8/K7 w - - 0 1", "a7a8q", "a8=Q"),
        ("7k/P7/8/8/8/8/8/K7 w - - 0 1", "a7a8q", "a8=Q+"),
        ("6k1/5ppp/8/8/8/8/8/K3R3 w - - 0 1", "e1e8", "Re8#"),
        ("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1", "e5d6", "exd6"),
        ("4k3/8/8/8/1b6/8/3N4/R3K1N1 w Q - 0 1", "g1f3", "Nf3"),
    ],
)
def test_a_move_is_written_in_algebraic_notation(fen, move, written):
    board = Board.read(fen, "here")
    assert board.notation(board.move(move, "here")) == written


@pytest.mark.parametrize("move", ["e2e5", "e1g1", "e7e5", "zz", "e2e4q"])
def test_a_move_that_is_not_legal_is_refused_with_its_place(move):
    with pytest.raises(BadInput, match=r"puzzles\.csv: row 3: '\w+' is no legal move"):
        Board.read(START, "here").move(move, "puzzles.csv: row 3")


def test_castling_through_an_attacked_square_or_after_the_rook_moved_is_not_legal():
    attacked = Board.read("4k3/8/8/8/8/5r2/8/R3K2R w KQ - 0 1", "here")
    assert {(m.start, m.end) for m in attacked.legal()} & {(4, 6), (4, 2)} == {(4, 2)}
    moved = Board.read("4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1", "here")
    for move in ("h1h2", "e8e7", "h2h1", "e7e8"):
        moved = moved.after(moved.move(move, "here"))
    assert {(m.start, m.end) for m in moved.legal()} & {(4, 6), (4, 2)} == {(4, 2)}


def test_the_number_of_the_move_follows_black():
    board = Board.read(START, "here")
    assert board.number == "1."
    board = board.after(board.move("e2e4", "here"))
    assert board.number == "1..."
    assert board.after(board.move("e7e5", "here")).number == "2."


@pytest.mark.parametrize(
    "fen",
    [
        *("", "8/8/8/8/8/8/8/8 w - - 0 1", START[:-2], "x" + START[1:]),
        *("P3k3/8/8/8/8/8/8/4K3 w - - 0 1", START.replace(" - ", " e9 ")),
    ],
)
def test_what_is_no_position_is_refused(fen):
    with pytest.raises(BadInput, match="row 2 is no chess position"):
        Board.read(fen, "row 2")
