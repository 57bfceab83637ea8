"""`superalign eval omniplay`: players, conditions, measures by hand, resuming, and bad input."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from evaluations import summary_of
from superalign.cli import main
from superalign.evals.omniplay.config import ASKED, CLEAN, OmniPlayConfig, drawn, scenes
from superalign.evals.omniplay.summary import Anchors, anchors, summarise
from superalign.evals.played import Played
from superalign.measures import clusters
from superalign.policies.scripted import Scripted
from superalign.problems.omniplay.channels import Setting
from superalign.problems.omniplay.play import Play, Task
from superalign.records import Reply

QUICK = ('games=["echoes"]', "levels=[1]")


def evaluated(model, tmp_path, *words, **settings):
    return summary_of("omniplay", model, tmp_path, *QUICK, *words, **settings)


def test_the_oracle_is_at_the_top_and_chance_at_the_bottom(tmp_path):
    best = evaluated("oracle", tmp_path, "episodes=4")
    assert (best["n"], best["tasks"], best["unscored"]) == (4, 4, 0)
    assert (best["success"], best["score"], best["nps"], best["invalid"]) == (1.0, 1.0, 100.0, 0.0)
    assert best["success_interval"][0] < 1.0
    assert "oracle won 100%" in best["sentence"]
    chance = evaluated("random", tmp_path, "episodes=8", epochs=3)
    assert (chance["n"], chance["tasks"]) == (24, 8)
    assert chance["success"] <= 0.2
    assert chance["nps"] < 40
    assert (chance["invalid"], chance["invalid_interval"]) == (0.0, None)
    for name in ("success", "score", "nps"):
        low, high = chance[f"{name}_interval"]
        assert low <= chance[name] <= high


def test_equal_seeds_give_equal_summaries_and_others_differ(tmp_path):
    one = evaluated("random", tmp_path / "a", "episodes=4")
    assert evaluated("random", tmp_path / "b", "episodes=4") == one
    assert evaluated("random", tmp_path / "c", "episodes=4", seed=1)["games"] != one["games"]


def test_games_and_levels_take_turns_under_a_limit():
    tasks = drawn(OmniPlayConfig(), seed=0, limit=15)
    assert len({t.game for t in tasks}) == 5
    assert len({(t.game, t.level) for t in tasks}) == 15
    assert len(drawn(OmniPlayConfig(), seed=0, limit=None)) == 150
    assert drawn(OmniPlayConfig(), seed=0, limit=3) == tasks[:3]
    assert {t.seed for t in tasks}.isdisjoint(
        t.seed for t in drawn(OmniPlayConfig(), seed=1, limit=15)
    )


def test_conditions_are_the_asked_one_the_clean_one_and_proper_subsets():
    config = OmniPlayConfig(present="text+image+audio", conflict="audio:0.5", ablate=True)
    found = config.settings()
    singles = ["text", "image", "audio"]
    assert [*found] == [ASKED, CLEAN, *singles, "text+image", "text+audio", "image+audio"]
    assert found[ASKED].conflict == ("audio", 0.5)
    assert all(s.conflict is None for name, s in found.items() if name != ASKED)
    assert found["text+audio"].present == ("text", "audio")
    assert [*OmniPlayConfig().settings()] == [ASKED]
    pairs = scenes(config, seed=0, limit=5)
    assert len({tuple(s.task for s in some) for some in pairs.values()}) == 1


def test_lies_cost_the_ear_that_believes_them(tmp_path):
    words = ("episodes=5", "present=image+audio", "conflict=audio:1")
    ear = evaluated("only-audio", tmp_path / "ear", *words)
    assert ear["success"] == 0.0
    assert ear["conditions"]["clean"]["success"] == 1.0
    assert ear["conflict_cost"] == pytest.approx(1 - ear["score"])
    assert ear["conflict_cost_interval"][0] > 0.1
    assert (ear["reliance_audio"], ear["reliance_image"]) == (1.0, 0.0)
    assert {"conflict_cost", "reliance_audio"} <= {*ear["columns"]}
    assert (ear["lies"], ear["contested"]) == (5, 5)
    eye = evaluated("only-image", tmp_path / "eye", *words)
    assert (eye["success"], eye["conflict_cost"], eye["reliance_image"]) == (1.0, 0.0, 1.0)


def test_what_more_channels_bring_is_measured_on_the_same_tasks(tmp_path):
    found = evaluated("only-image", tmp_path, "episodes=6", "present=image+audio", "ablate=true")
    assert {*found["conditions"]} == {"image", "audio"}
    assert found["conditions"]["image"]["success"] == 1.0
    assert found["conditions"]["audio"]["success"] < 0.5
    assert (found["synergy"], found["less_is_more"], found["synergy_tasks"]) == (0.0, 0.0, 6)
    assert found["synergy_interval"] is None, "no task differs"


def test_every_play_is_left_in_the_folder_turn_by_turn(tmp_path):
    evaluated("only-audio", tmp_path, "episodes=2", "conflict=audio:1")
    path = tmp_path / "out" / "only-audio" / "plays.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [r["condition"] for r in rows] == [ASKED, ASKED, CLEAN, CLEAN]
    assert rows[0]["steps"][0]["lied"] == "audio"
    assert "audio" in rows[0]["steps"][0]["supported"]
    assert {s["lied"] for r in rows[2:] for s in r["steps"]} == {None}
    assert [r["won"] for r in rows] == [False, False, True, True]


def play(seed, *lines, setting=None):
    made = Play(Task("echoes", 1, seed), setting or Setting(("audio",)))
    for line in lines:
        made.say(made.state.best() if line == "right" else line)
    return made


def test_measures_by_hand():
    six = ["right"] * 6
    won, lost = play(1, *six), play(2, "what?", "right", "right", "right", "3 5")
    assert (won.over, lost.over) == (True, True)
    tasks = [won.task, lost.task, Task("echoes", 1, 3)]
    by_task = {t.id: Anchors(1.0, 6.0) for t in tasks}
    played = [
        Played(won.task, won, 30),
        Played(lost.task, lost, 10),
        Played(tasks[2], None, error="gone"),
    ]
    found = summarise("m", {ASKED: played}, by_task, seed=0)
    assert (found["n"], found["unscored"], found["unscored_because"]) == (2, 1, {"gone": 1})
    assert (found["success"], found["score"], found["tokens"]) == (0.5, 0.75, 20.0)
    assert found["nps"] == pytest.approx(100 * (4.5 - 1) / 5)
    assert found["invalid"] == 1 / 11
    assert found["turns"] == 5.5
    game = found["games"]["echoes"]
    assert (game["raw"], game["chance_raw"], game["oracle_raw"]) == (4.5, 1.0, 6.0)
    assert game["published"]["nps"] == pytest.approx(100 * (4.5 - 0.55) / (3.70 - 0.55))
    assert found["levels"]["echoes 1"]["n"] == 2
    assert "1 more being unscored" in found["sentence"]


def test_epochs_of_a_task_are_one_task():
    one, other = play(1, *["right"] * 6), play(1, "3 5")
    far = play(2, "3 5")
    by_task = {p.task.id: Anchors(0.0, 6.0) for p in (one, far)}
    found = summarise("m", {ASKED: [Played(p.task, p) for p in (one, other, far)]}, by_task, seed=0)
    assert (found["n"], found["tasks"]) == (3, 2)
    assert found["success"] == pytest.approx(1 / 3)
    assert found["success_interval"] == clusters.share([1.0, 0.0, 0.0], ["one", "one", "far"])


def test_nothing_scored_is_null_and_no_zero():
    task = Task("echoes", 1, 1)
    found = summarise("m", {ASKED: [Played(task, None)]}, anchors([task], 0), seed=0)
    assert (found["n"], found["unscored"]) == (0, 1)
    assert found["success"] is None
    assert found["score"] is None
    assert found["nps"] is None
    assert found["invalid"] is None
    assert found["games"]["echoes"]["raw"] is None
    assert found["sentence"] == "m finished none of its plays."


def test_anchors_are_played():
    tasks = [Task("pathfinding", 1, s) for s in range(3)]
    found = anchors(tasks, 0)
    assert found == anchors(tasks, 0)
    assert all(a.oracle < 20 < a.chance for a in found.values())


def rule(calls, tasks, wrong=()):
    """Return a policy that clicks as the oracle would; the game is found by its rules."""

    def say(seen, seed):
        calls.append(seen)
        scene = next(s for s in tasks if s.problem.prompt == seen[0].text)
        state = scene.task.world.start(scene.task.level, scene.task.seed)
        for _ in range(sum(m.role == "assistant" for m in seen)):
            state = state.after(state.best(), None)
        if scene.task in wrong:
            return Reply(text="", stop="error", error="too long")
        return Reply(text=f"Well.\n{state.best()}", tokens=7)

    return say


def test_a_model_plays_in_turns_and_a_second_run_asks_nothing(tmp_path, monkeypatch):
    config = OmniPlayConfig(games=("echoes",), levels=(1,), episodes=3)
    tasks = scenes(config, seed=0, limit=None)[ASKED]
    calls = []
    monkeypatch.setattr(
        "superalign.evals.asked.opened", lambda *a, **k: Scripted(rule(calls, tasks))
    )
    first = evaluated("a/model", tmp_path, "episodes=3")
    assert (first["n"], first["success"], first["tokens"]) == (3, 1.0, 42.0)
    assert len(calls) == 18
    assert [m.kind for m in calls[0][-1].media] == ["image", "audio"]
    assert evaluated("a/model", tmp_path, "episodes=3") == first
    assert len(calls) == 18


def test_a_reply_that_never_came_is_unscored(tmp_path, monkeypatch):
    config = OmniPlayConfig(games=("echoes",), levels=(1,), episodes=3)
    tasks = scenes(config, seed=0, limit=None)[ASKED]
    say = rule([], tasks, wrong=[tasks[1].task])
    monkeypatch.setattr("superalign.evals.asked.opened", lambda *a, **k: Scripted(say))
    found = evaluated("a/model", tmp_path, "episodes=3")
    assert (found["n"], found["unscored"], found["success"]) == (2, 1, 1.0)
    assert found["unscored_because"] == {"too long": 1}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--set", "present=smell"], "present: 'smell' is no channel"),
        (["--set", "conflict=audio"], "conflict: 'audio' is not a channel and a share"),
        (["--set", "present=image", "--set", "conflict=audio:1"], "add it to present"),
        (["--set", "noise=video:0.1"], "noise: the channel video is not shown"),
        (["--set", 'games=["chess"]'], "games: no game 'chess'"),
        (["--set", "levels=[4]"], "levels: no level 4"),
        (["--set", "games=[]"], "name at least one"),
        (["--set", "chanels=image"], "chanels: is no field"),
        (["--set", "video=film"], "video: "),
        (["--set", "episodes=0"], "episodes: "),
        (["--data", "."], "takes no --data"),
        (["--model", "learned"], "learned has learnt pathfinding alone"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(words, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = [] if "--model" in words else ["--model", "oracle"]
    assert main(["eval", "omniplay", *model, *words]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line


def test_a_missing_extra_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    assert main(["eval", "omniplay", "--model", "oracle"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "pip install 'superalign[media]'" in line


def test_an_organism_cannot_be_shown_pictures(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["eval", "omniplay", "--model", "organism/requests-50k", "--limit", "1"]
    assert main(words) == 2
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert "text alone" in line


def test_the_command_prints_a_table(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["eval", "omniplay", "--model", "oracle", "--set", "episodes=1"]
    assert main([*words, *(w for q in QUICK for w in ("--set", q))]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["model", "n", "unscored", "success", "score", "nps", "invalid"]


def test_one_game_a_level_has_a_normalised_score_without_an_interval(tmp_path):
    once = evaluated("random", tmp_path, "levels=[1, 2, 3]", "episodes=1", epochs=3)
    assert once["nps"] is not None
    assert once["nps_interval"] is None
    twice = evaluated("random", tmp_path / "b", "levels=[1, 2, 3]", "episodes=2")
    low, high = twice["nps_interval"]
    assert low < twice["nps"] < high


def test_the_best_single_channel_is_single_and_others_may_still_be_better():
    tasks = [play(seed).task for seed in range(4)]

    def scored(clicks):
        return [Played(t, play(t.seed, *["right"] * clicks, "3 5")) for t in tasks]

    ways = {ASKED: 3, "image": 2, "audio": 1, "text": 0, "image+audio": 5}
    by_task = {t.id: Anchors(0.0, 6.0) for t in tasks}
    played = {name: scored(clicks) for name, clicks in ways.items()}
    found = summarise("m", played, by_task, seed=0)
    assert found["synergy"] == pytest.approx(1 / 6)
    assert found["less_is_more"] == pytest.approx(2 / 6)


def test_games_count_alike_and_levels_have_their_own_anchors():
    plays = [play(1, *["right"] * 6), play(2, *["right"] * 6)]
    other = Play(Task("melody", 2, 1), Setting(("audio",)))
    by_task = {p.task.id: Anchors(0.0, 6.0) for p in plays} | {other.task.id: Anchors(0.0, 100.0)}
    played = [Played(p.task, p) for p in (*plays, other)]
    found = summarise("m", {ASKED: played}, by_task, seed=0)
    assert found["nps"] == pytest.approx((100 + other.state.raw) / 2)
    hard = Play(Task("echoes", 3, 1), Setting(("audio",)))
    anchored = {hard.task.id: Anchors(0.0, 15.0)}
    found = summarise("m", {ASKED: [Played(hard.task, hard)]}, anchored, seed=0)
    assert found["games"]["echoes"]["published"]["human_raw"] == 2.60


def test_the_clean_setting_differs_in_the_lies_alone():
    config = OmniPlayConfig(conflict="audio:0.5", noise="image:0.2")
    found = config.settings()
    assert found[CLEAN] == replace(found[ASKED], conflict=None)
    assert found[CLEAN].noise == ("image", 0.2)


def test_epochs_are_plays_of_their_own(tmp_path):
    evaluated("random", tmp_path, "episodes=1", epochs=8)
    rows = (tmp_path / "out" / "random" / "plays.jsonl").read_text().splitlines()
    actions = {str([s["action"] for s in json.loads(r)["steps"]]) for r in rows}
    assert (len(rows), len(actions) > 3) == (8, True)
