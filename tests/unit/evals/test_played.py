"""What summaries of plays share, and what every evaluation says of a name or field it lacks."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from superalign.cli import main
from superalign.evals.command import EVALS
from superalign.evals.played import (
    Played,
    averaged,
    by_task,
    counted,
    grouped,
    heard,
    tokens,
    unscored_because,
)
from superalign.measures import clusters
from superalign.records import Episode, Move, Problem, Reply


class Task(NamedTuple):
    id: str


A, B, C = Task("a"), Task("b"), Task("c")
PLAYED = [
    Played(A, 1, 10),
    Played(B, 0, 30),
    Played(A, 1),
    Played(A, 1),
    Played(C, None, error="x"),
]


def test_shares_are_over_plays_and_intervals_over_tasks():
    found = counted(PLAYED, bool)
    assert (found["n"], found["tasks"], found["unscored"]) == (4, 2, 1)
    assert found["success"] == 0.75
    assert found["success_interval"] == clusters.share([1.0, 1.0, 1.0, 0.0], "aaab")
    assert averaged("won", PLAYED, float, seed=0) == {"won": 0.75, "won_interval": (0.0, 1.0)}
    seldom = averaged("won", PLAYED, lambda p: float(p) if p else None, seed=0)
    assert seldom == {"won": 1.0, "won_interval": None}
    nothing = counted([Played(C, None)], bool)
    assert (nothing["n"], nothing["success"], nothing["success_interval"]) == (0, None, (0.0, 1.0))


def test_what_never_came_is_counted_by_reason_and_nowhere_else():
    assert by_task(PLAYED) == {"a": [1, 1, 1], "b": [0]}
    assert unscored_because(PLAYED) == {"x": 1}
    assert tokens(PLAYED) == 20.0
    assert tokens(PLAYED[2:]) is None
    assert grouped(PLAYED, lambda p: p.task.id)["b"] == [PLAYED[1]]
    assert list(grouped("cab", str)) == ["a", "b", "c"]


def episode(*replies):
    moves = [Move(seat="learner", policy="p", seen=(), reply=r) for r in replies]
    return Episode.of(Problem.of("q"), "solo", 0, moves)


def test_an_episode_is_a_play_if_its_last_reply_came():
    whole = episode(Reply(text="x", tokens=2), Reply(text="y", tokens=3))
    assert heard(A, whole, lambda: 7) == Played(A, 7, 5)
    partly = episode(Reply(text="x", tokens=2), Reply(text="y"))
    assert heard(A, partly, lambda: 7) == Played(A, 7, None)
    cut = episode(Reply(text="x", tokens=2), Reply(text="", stop="error", error="gone"))
    assert heard(A, cut, lambda: 7) == Played(A, None, error="gone")


@pytest.mark.parametrize(
    ("name", "players", "words"),
    [
        ("kumo", "oracle, random", []),
        ("goexplore", "classic, random, dfs, bfs, oracle", []),
        ("omniplay", "learned", []),
        ("paradox", "oracle, random, generator", ["--set", "data=chains"]),
        ("capabilities", "oracle, random, first-option", []),
        ("awareness", "people, random", ["--set", "protocol=watched"]),
    ],
)
def test_a_model_that_is_not_there_is_told_the_players(
    name, players, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["superalign", "eval", name, "--model", "dsf", *words])
    assert main() == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "dsf: no such checkpoint folder" in line
    assert f"players of {name}: " in line
    assert players in line


def test_a_missing_folder_is_no_misspelt_player(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["superalign", "eval", "kumo", "--model", "./dsf"])
    assert main() == 2
    assert "players" not in capsys.readouterr().err


@pytest.mark.parametrize("name", EVALS)
def test_a_field_that_is_not_there_is_told_the_others(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["eval", name, "--model", "random", "--set", "nonsense=1"]
    monkeypatch.setattr("sys.argv", ["superalign", *words])
    assert main() == 2
    said = capsys.readouterr().err
    assert "nonsense: is no field that is known here; there are " in said
    assert "temperature, max_tokens" in said
