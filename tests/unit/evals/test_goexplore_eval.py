"""`superalign eval goexplore`: players, what is drawn, budgets, measures, resuming, bad input."""

from __future__ import annotations

import json

import pytest

from evaluations import summary_of
from goexplore_worlds import chooses
from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.goexplore import config as configured
from superalign.evals.goexplore.config import GoExploreConfig, chosen
from superalign.evals.goexplore.summary import summarise
from superalign.evals.played import Played
from superalign.policies.scripted import Scripted
from superalign.problems.goexplore.game24 import read_puzzles
from superalign.problems.goexplore.play import Limits, Result
from superalign.problems.goexplore.published24 import PUZZLES
from superalign.problems.goexplore.task import Task
from superalign.records import Reply
from superalign.stats import wilson


def evaluated(*given, **settings):
    return summary_of("goexplore", *given, **settings)


def test_the_archive_beats_chance_and_search_is_exact(tmp_path):
    found = evaluated(["classic", "random", "dfs", "oracle"], tmp_path, limit=30, epochs=2)
    classic, chance, dfs, oracle = found["models"]
    assert {m["n"] for m in found["models"]} == {60}
    assert classic["success_interval"][0] > chance["success"]
    assert (dfs["success"], oracle["success"], oracle["steps"]) == (1.0, 1.0, 3.0)
    assert classic["archive"] > 1
    assert chance["archive"] is None
    assert (classic["calls"], classic["unreadable"], classic["by_calls"]) == (0.0, None, [])


def test_equal_seeds_give_equal_results(tmp_path):
    once, again, other = (
        evaluated("classic", tmp_path / str(i), limit=5, seed=s) for i, s in enumerate((1, 1, 2))
    )
    assert once == again
    assert once["steps"] != other["steps"]


def test_kinds_take_turns_and_seeds_draw_other_tasks(tmp_path):
    def tasks(seed, **fields):
        config = GoExploreConfig(world="babyai", **fields)
        return chosen(config, None, games=tmp_path, seed=seed, limit=7)

    assert [t.kind for t in tasks(0)] == [*configured.KINDS["babyai"], "goto", "pickup"]
    assert tasks(0) == tasks(0)
    assert not {t.id for t in tasks(0)} & {t.id for t in tasks(1)}
    assert {t.kind for t in tasks(0, kinds=("open",))} == {"open"}
    assert len(tasks(0, kinds=("open",), tasks=2)) == 2


def test_games_of_textworld_are_kept_in_the_run_folder(tmp_path, monkeypatch):
    asked = []

    def made(kind, seed, folder):
        asked.append((kind, folder))
        return folder / f"{kind}-{seed}.z8"

    monkeypatch.setattr(configured, "made", made)
    config = GoExploreConfig(world="textworld")
    tasks = chosen(config, None, games=tmp_path / "games", seed=0, limit=4)
    assert [k for k, _ in asked] == ["coin", "treasure", "cooking", "coin"]
    assert {t.game.startswith(str(tmp_path / "games")) for t in tasks} == {True}


def test_puzzles_come_from_the_test_set_a_file_or_the_seed(tmp_path):
    def numbers(data=None, seed=0, **fields):
        config = GoExploreConfig(**fields)
        return [t.numbers for t in chosen(config, data, games=tmp_path, seed=seed, limit=None)]

    assert numbers() == [*PUZZLES]
    path = tmp_path / "24.csv"
    path.write_text("Puzzles\n" + "\n".join(" ".join(map(str, p)) for p in PUZZLES[:5]))
    assert numbers(path, rows=(1, 3)) == read_puzzles(path)[1:3] == [*PUZZLES[1:3]]
    with pytest.raises(BadInput, match="no row from 900"):
        numbers(path)
    assert (
        numbers(fresh=True, tasks=3)
        == numbers(fresh=True, tasks=3)
        != numbers(seed=1, fresh=True, tasks=3)
    )


def result(end="won", steps=4, calls=8, **fields):
    known = {"returned": 2, "unreadable": 1, "score": float(end == "won"), "sizes": (1, 3)}
    return Result(end=end, steps=steps, calls=calls, **{**known, **fields})


def task(i, kind="goto"):
    return Task(world="babyai", kind=kind, seed=i)


def test_measures_by_hand():
    played = [
        Played(task(0), result(), 30),
        Played(task(0), result(steps=8, calls=16), 50),
        Played(task(1, "open"), result("steps", 16, 32, sizes=()), 10),
        Played(task(2), None, error="too long"),
    ]
    found = summarise(played, seed=0)
    assert (found["n"], found["tasks"], found["unscored"]) == (3, 2, 1)
    assert found["success"] == pytest.approx(2 / 3)
    assert found["success_interval"][0] < 0.5 < found["success_interval"][1]
    assert (found["steps_to_success"], found["calls_to_success"]) == (6.0, 12.0)
    assert found["steps"] == pytest.approx(28 / 3)
    assert found["unreadable"] == pytest.approx(3 / 56)
    assert (found["archive"], found["returned"], found["tokens"]) == (3.0, 2.0, 30.0)
    assert found["unscored_because"] == {"too long": 1}
    assert (found["kinds"]["goto"]["success"], found["kinds"]["open"]["success"]) == (1.0, 0.0)
    assert found["kinds"]["open"]["steps_to_success"] is None
    assert "67% of 3 plays" in found["sentence"]
    by_steps = {r["budget"]: r["rate"] for r in found["by_steps"]}
    assert by_steps == {
        1: 0.0, 2: 0.0, 4: pytest.approx(1 / 3), 8: pytest.approx(2 / 3), 16: pytest.approx(2 / 3)
    }  # fmt: skip


def test_an_interval_is_of_the_mean_over_plays():
    """A task that is won in three plays weighs three times one that is won once."""
    often = [Played(task(0), result(steps=3)) for _ in range(3)]
    found = summarise([*often, Played(task(1), result(steps=11))], seed=0)
    assert found["steps_to_success"] == 5.0
    assert found["steps_to_success_interval"] == (3.0, 11.0)
    many = [Played(task(i), result(steps=5)) for i in range(4) for _ in range(i + 1)]
    assert summarise(many, seed=0)["steps_to_success_interval"] is None


def test_a_curve_ends_where_a_play_was_cut_by_the_other_budget():
    """A play that used its steps up after 10 calls says nothing of what 20 calls would do."""
    played = [Played(task(0), result(calls=20)), Played(task(1), result("steps", 9, 10))]
    found = summarise(played, seed=0)
    assert [r["budget"] for r in found["by_calls"]] == [1, 2, 5, 10]
    assert [r["rate"] for r in found["by_calls"]] == [0.0] * 4


def test_nothing_scored_is_null_and_no_zero():
    found = summarise([Played(task(0), None, error="gone")], seed=0)
    assert (found["n"], found["unscored"], found["success"]) == (0, 1, None)
    assert (found["steps_interval"], found["by_steps"]) == (None, [])
    assert found["sentence"] == "Nothing was scored."


def first(kind, found, text):
    return "accept" if kind == "keep" else 0


def spoken(monkeypatch, rule, calls):
    def count(seen, seed):
        calls.append(seed)
        return rule(seen, seed)

    monkeypatch.setattr("superalign.evals.asked.opened", lambda *a, **k: Scripted(count))


def test_a_model_explores_and_a_second_run_asks_nothing(tmp_path, monkeypatch):
    calls = []
    spoken(monkeypatch, chooses(first), calls)
    words = ("steps=20",)
    once = evaluated("a/model", tmp_path, *words, limit=3, epochs=2)
    asked = len(calls)
    assert (once["n"], once["calls"] * 6) == (6, asked)
    assert once["tokens"] is None, "nobody counted them"
    assert evaluated("a/model", tmp_path, *words, limit=3, epochs=2) == once
    assert len(calls) == asked
    assert json.loads((tmp_path / "out" / "a_model" / "summary.json").read_text())["n"] == 6


def test_every_agent_and_role_can_be_asked_for(tmp_path, monkeypatch):
    spoken(monkeypatch, chooses(first), [])
    for i, word in enumerate(
        ("agent=naive", "agent=react", "agent=reflexion", "state=counts", "keep=remove")
    ):
        found = evaluated("a/model", tmp_path / str(i), word, "steps=8", "calls=30", limit=2)
        assert (found["n"], found["unscored"]) == (2, 0)
        assert found["calls"] > 0


def test_errors_of_a_model_are_unscored_and_said(tmp_path, monkeypatch):
    lost = Reply(text="", stop="error", error="too long")
    spoken(monkeypatch, lambda seen, seed: lost if seed % 3 == 0 else '{"choice": 0}', [])
    found = evaluated("a/model", tmp_path, "steps=2", limit=20)
    assert found["n"] + found["unscored"] == 20
    assert found["unscored_because"] == {"too long": found["unscored"]}
    assert found["unscored"] > 0


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        (["wrld=babyai"], "wrld: is no field"),
        (["world=chess"], "world"),
        (["world=babyai", 'kinds=["coin"]'], "no 'coin' in babyai; there are goto"),
        (["steps=0"], "steps"),
        (["state=random", "action=random", "keep=all"], "--model classic plays by rule"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(sets, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["eval", "goexplore", "--model", "organism/none"]
    assert main([*words, *(w for s in sets for w in ("--set", s))]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line


def test_the_command_prints_one_object(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "goexplore", "--model", "bfs", "--limit", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["eval"], found["n"], found["success"]) == ("goexplore", 2, 1.0)
    assert {"unscored", "sentence", "columns", "steps_interval"} <= found.keys()


def test_epochs_are_plays_of_their_own(tmp_path):
    found = evaluated("random", tmp_path, "steps=60", limit=1, epochs=9)
    assert (found["n"], found["tasks"]) == (9, 1)
    assert 0 < found["success"] < 1
    assert found["success_interval"] == wilson(found["success"], 1), "nine plays are one task"
    last = found["by_steps"][-1]
    assert last["n"] == 9
    assert (last["low"], last["high"]) == wilson(last["rate"], 1)


def test_a_curve_by_steps_ends_where_replies_ran_out():
    played = [Played(task(0), result(steps=20)), Played(task(1), result("calls", 9, 10))]
    assert [r["budget"] for r in summarise(played, seed=0)["by_steps"]] == [1, 2, 5]


def test_the_archive_is_as_large_as_at_the_end():
    found = summarise([Played(task(0), result(sizes=(2, 7, 4)))], seed=0)
    assert found["archive"] == 4.0


def test_what_is_not_said_is_as_published_and_a_zero_is_said():
    text = GoExploreConfig(world="textworld")
    assert (text.player().roles.keep, text.player().history, text.heat) == ("remove", 0, 0.3)
    grid = GoExploreConfig(world="babyai")
    assert (grid.player().roles.keep, grid.player().history, grid.heat) == ("model", 3, 0.7)
    none = GoExploreConfig(history=0, temperature=0.0, keep="all")
    assert (none.player().history, none.heat, none.player().roles.keep) == (0, 0.0, "all")
    assert GoExploreConfig(steps=3, calls=4).limits == Limits(steps=3, calls=4)


def test_kinds_do_not_share_their_seeds(tmp_path):
    config = GoExploreConfig(world="babyai")
    tasks = chosen(config, None, games=tmp_path, seed=0, limit=10)
    assert len({t.seed for t in tasks}) == 10
