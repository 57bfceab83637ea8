"""`superalign eval kumo`: players, published figures, resuming, and the table of models."""

from __future__ import annotations

import json
import math
import re

import pytest

from evaluations import asked_for, summary_of
from kumo_worlds import ABSENT, KUMO, SCAN, scan_task, task
from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.kumo.config import KumoConfig, chosen
from superalign.evals.kumo.released import _play
from superalign.evals.kumo.summary import summarise
from superalign.evals.played import Played
from superalign.evals.results import table
from superalign.measures import clusters
from superalign.policies.scripted import Scripted
from superalign.problems.kumo.play import Play, oracle_player, random_player
from superalign.records import Reply

shared = pytest.mark.skipif(not KUMO.is_dir(), reason=ABSENT)


def evaluated(*given, **settings):
    return summary_of("kumo", *given, **settings)


def test_the_optimum_is_always_right_and_beats_chance(tmp_path):
    both = evaluated(["oracle", "random"], tmp_path, "tasks=10", epochs=3)["models"]
    oracle, chance = both
    assert (oracle["n"], oracle["unscored"], oracle["success"]) == (150, 0, 1.0)
    assert oracle["relative"] == 0.0
    assert oracle["published_actions"] == pytest.approx(oracle["actions"] + 2)
    assert chance["success"] < 0.5
    assert len(oracle["domains"]) == 5
    assert {d["n"] for d in oracle["domains"].values()} == {30}
    assert chance["success_interval"][0] < chance["success"] < chance["success_interval"][1]


def test_fresh_seeds_are_fresh_tasks():
    config = KumoConfig(tasks=3)
    drawn = [chosen(config, None, seed=s, limit=None)[0] for s in (0, 0, 1)]
    ids = [{t.id for t in tasks} for tasks in drawn]
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]

    assert not {t.domain.name for t in drawn[0]} & {t.domain.name for t in drawn[2]}


def test_tasks_are_drawn_as_the_fields_say():
    def ids(**fields):
        tasks, _ = chosen(KumoConfig(invented=1, tasks=3, **fields), None, seed=0, limit=None)
        return [t.id for t in tasks], {len(oracle_player(t).taken) for t in tasks}

    assert ids(length=(3, 3))[1] == {3}
    assert ids(sampler="sat")[0] != ids()[0]


def test_a_limit_cuts_all_domains_alike():
    tasks, _ = chosen(KumoConfig(), None, seed=0, limit=7)
    assert len(tasks) == 7
    assert len({t.domain.name for t in tasks}) == 5


def test_measures_by_hand():
    right, wrong, silent = Play(scan_task()), Play(scan_task(seed=1)), None
    for name in ("probe", "scan", "a"):
        right.say(name)
    wrong.say("nonsense")
    played = [
        Played(right.task, right, 30),
        Played(wrong.task, wrong, 10),
        Played(scan_task(seed=2), silent),
    ]
    found = summarise(played, seed=0)
    assert (found["n"], found["unscored"], found["success"]) == (2, 1, 0.5)
    assert (found["actions"], found["published_actions"]) == (1.0, 2.5)
    assert (found["actions_when_right"], found["optimal_actions"]) == (2.0, 1.0)
    assert found["relative"] == pytest.approx(((2 + 2) / 3 - 1 + 1 / 3 - 1) / 2)
    assert (found["unreadable"], found["out_of_steps"], found["tokens"]) == (0.5, 0.0, 20.0)
    assert found["domains"]["Toy"]["n"] == 2


def test_intervals_are_over_tasks_and_not_over_plays():
    short, long = Play(scan_task()), Play(task(SCAN, {"scan": "low", "probe": "red"}, valid="c"))
    short.say("a")
    for name in ("scan", "probe", "b"):
        long.say(name)
    played = [Played(p.task, p) for p in (short, short, short, long)]
    found = summarise(played, seed=0)
    assert (found["n"], found["tasks"], found["success"]) == (4, 2, 0.75)
    assert found["success_interval"] == clusters.share([1.0, 1.0, 1.0, 0.0], "aaab")
    assert found["actions_interval"] == clusters.mean([0.0, 2.0], ["one", "other"], seed=0)


def test_results_of_a_player_are_not_written_over_by_others(tmp_path):
    whole = evaluated("oracle", tmp_path, "tasks=2")
    for words, limit in ((("tasks=3",), None), (("tasks=2",), 4)):
        with pytest.raises(BadInput, match=r"oracle/summary.json is of another '(set|limit)'"):
            evaluated("oracle", tmp_path, *words, limit=limit)
    assert evaluated("oracle", tmp_path, "tasks=2") == whole


def test_plays_without_a_model_differ_by_seed_and_epoch(tmp_path):
    def named(seed):
        asked = asked_for("kumo", "random", tmp_path, epochs=30, seed=seed)
        return [random_player(task, rng).named for task, rng in asked.rolls([scan_task()])]

    assert set(named(0)) == {"a", "b", "c"}
    assert named(0) == named(0) != named(1)


def test_nothing_scored_is_null_and_no_zero():
    found = summarise([Played(scan_task(), None)], seed=0)
    assert (found["n"], found["unscored"]) == (0, 1)
    assert found["success"] is None
    assert found["actions"] is None
    assert found["relative"] is None
    assert found["success_interval"] == (0.0, 1.0)


def test_a_released_list_of_actions_is_a_play():
    play = _play(scan_task(), ["probe", "scan", "a", {"predicted_truth": "a"}], "f, row 1")
    assert (play.taken, play.named, play.published_actions) == (["probe", "scan"], "a", 4)
    for garbled in ("scam", None):
        play = _play(scan_task(), ["probe", garbled], "f, row 1")
        assert (play.taken, play.end, play.published_actions) == (["probe"], "unreadable", 2)
    with pytest.raises(BadInput, match="f, row 1: field 'actions'"):
        _play(scan_task(), ["probe", 3], "f, row 1")


@shared
def test_published_counts_are_reproduced_from_the_released_search(tmp_path):
    both = 'domains=["EducationEnv", "MedicalEnv"]'
    domains = evaluated("released", tmp_path, both, "setting=4x6", data=KUMO)["domains"]
    assert domains["MedicalEnv"]["published_actions"] == pytest.approx(4.24)
    assert domains["EducationEnv"]["published_actions"] == pytest.approx(3.84)
    assert domains["MedicalEnv"]["actions"] == pytest.approx(2.24)
    hard = evaluated("released", tmp_path / "hard", both, "setting=12x16", data=KUMO)["domains"]
    assert hard["MedicalEnv"]["published_actions"] == pytest.approx(7.16)
    assert hard["EducationEnv"]["published_actions"] == pytest.approx(6.60)
    assert {d["success"] for d in hard.values()} == {1.0}


@shared
def test_every_released_count_is_the_files_own(tmp_path):
    found = evaluated("released", tmp_path, "broken=true", data=KUMO)
    for name, domain in found["domains"].items():
        rows = [
            json.loads(line)
            for path in (KUMO / "results" / "search_results" / name).glob("*/*.jsonl")
            for line in path.read_text().splitlines()
        ]
        counts = [t["action_num"] for row in rows for t in row["trajectories"]]
        assert domain["published_actions"] == pytest.approx(math.fsum(counts) / len(counts))


@shared
def test_broken_tasks_are_named_and_skipped(tmp_path):
    found = evaluated("oracle", tmp_path, 'domains=["FungalEnv"]', data=KUMO)
    assert (found["n"], found["skipped"]) == (49, 1)
    assert [b["seed"] for b in found["broken"]] == [36]
    words = ('domains=["FungalEnv"]', "broken=true")
    assert evaluated("oracle", tmp_path / "all", *words, data=KUMO)["n"] == 50


@shared
def test_the_two_sides_of_a_domain_share_nothing():
    def tasks(side):
        config = KumoConfig(domains=("EducationEnv",), fresh=True, tasks=3, side=side)
        return chosen(config, KUMO, seed=0, limit=None)[0]

    inside, outside = tasks("ind"), tasks("ood")
    assert inside[0].domain.name == "EducationEnvIND"
    assert not set(inside[0].domain.truths) & {t for o in outside for t in o.truths}


@shared
def test_fresh_tasks_from_published_domains(tmp_path):
    words = ('domains=["MedicalEnv"]', "fresh=true", "tasks=4", "truths=5", "actions=8")
    found = evaluated("oracle", tmp_path, *words, data=KUMO)
    assert (found["n"], list(found["domains"])) == (4, ["MedicalEnv"])


def best(seen, seed):
    """Say what the optimum would: the task is looked up by its rules."""
    own = next(t for t in TASKS if all(name in seen[0].text for name in t.truths))
    play = oracle_player(own)
    moves = [*play.taken, play.named]
    return Reply(
        text=f"<ANSWER>{moves[sum(m.role == 'assistant' for m in seen)]}</ANSWER>", tokens=9
    )


TASKS, _ = chosen(KumoConfig(tasks=2), None, seed=0, limit=None)


def spoken(monkeypatch, rule, calls):
    def count(seen, seed):
        calls.append(seed)
        return rule(seen, seed)

    monkeypatch.setattr("superalign.evals.asked.opened", lambda *a, **k: Scripted(count))


def test_a_model_plays_in_turns_and_a_second_run_asks_nothing(tmp_path, monkeypatch):
    calls = []
    spoken(monkeypatch, best, calls)
    first = evaluated("a/model", tmp_path, "tasks=2", epochs=2)
    asked = len(calls)
    assert (first["n"], first["success"], first["relative"]) == (20, 1.0, 0.0)
    assert asked == 20 * (first["actions"] + 1)
    assert first["tokens"] == pytest.approx(9 * (first["actions"] + 1))
    assert evaluated("a/model", tmp_path, "tasks=2", epochs=2) == first
    assert len(calls) == asked
    kept = json.loads((tmp_path / "out" / "a_model" / "summary.json").read_text())
    assert kept["success"] == 1.0


def test_steps_and_guide_reach_the_model_and_unknown_tokens_are_no_count(tmp_path, monkeypatch):
    prompts = []

    def repeats(seen, seed):
        prompts.append(seen[0].text)
        first = re.search(r"Actions: ([^,]*),", seen[0].text)[1]
        return Reply(text=f"<ANSWER>{first}</ANSWER>", tokens=None if len(seen) > 2 else 9)

    spoken(monkeypatch, repeats, [])
    words = ("tasks=1", "invented=1", "steps=3", "guide=none")
    found = evaluated("released-by-me", tmp_path, *words)
    assert (found["n"], found["out_of_steps"], found["actions"]) == (1, 1.0, 3.0)
    assert found["tokens"] is None
    assert len(prompts) == 3
    assert not any("# Guide" in text for text in prompts)


def test_errors_of_a_model_are_unscored_and_said(tmp_path, monkeypatch):
    def fails(seen, seed):
        return Reply(text="", stop="error", error="too long") if seed % 2 else best(seen, seed)

    spoken(monkeypatch, fails, [])
    found = evaluated("a/model", tmp_path, "tasks=2", epochs=4)
    assert found["n"] + found["unscored"] == 40
    assert found["unscored"] > 0
    assert found["success"] == 1.0
    assert found["unscored_because"] == {"too long": found["unscored"]}


def test_a_model_may_write_the_books(tmp_path, monkeypatch):
    seen_prompts = []

    def say(seen, seed):
        if "handbook" in seen[0].text:
            made = next(t for t in TASKS if all(name in seen[1].text for name in t.truths))
            names = [*made.truths, *made.actions]
            return "<BOOK>OWN WORDS " + " ".join(names) + "</BOOK>"
        if "You check a guide" in seen[0].text:
            return "FAULTS: none"
        seen_prompts.append(seen[0].text)
        return best(seen, seed)

    spoken(monkeypatch, say, [])
    found = evaluated("a/model", tmp_path, "tasks=2", "writer=b/model")
    assert found["success"] == 1.0
    assert all("OWN WORDS" in prompt for prompt in seen_prompts)
    assert found["books"] == BOOKS


def test_books_that_are_not_what_was_asked_for_are_counted(tmp_path, monkeypatch):
    def say(seen, seed):
        if "handbook" in seen[0].text:
            made = next(t for t in TASKS if all(name in seen[1].text for name in t.truths))
            first = made in (TASKS[0], TASKS[1])
            return f"<BOOK>{' '.join([*made.truths, *made.actions])}</BOOK>" if first else "No."
        if "You check a guide" in seen[0].text:
            return "FAULTS: missing" if TASKS[0].truths[0] in seen[1].text else "Hm."
        return best(seen, seed)

    spoken(monkeypatch, say, [])
    found = evaluated("a/model", tmp_path, "tasks=2", "writer=b/model")["books"]
    assert (found["by_model"], found["by_template"]) == (2, 8)
    assert (found["found_right"], found["found_faulty"], found["unchecked"]) == (0, 1, 1)
    with pytest.raises(BadInput, match="writer: plays no part where guide is none"):
        evaluated("a/model", tmp_path, "guide=none", "writer=b/model")


BOOKS = {"by_model": 10, "by_template": 0, "found_right": 10, "found_faulty": 0, "unchecked": 0}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["eval", "cumo", "--model", "oracle"], "no evaluation 'cumo'; there are kumo"),
        (["eval", "kumo", "--model", "oracle", "--set", "truth=3"], "truth: is no field"),
        (["eval", "kumo", "--model", "oracle", "--set", "truths=400"], "cannot be drawn from"),
        (["eval", "kumo", "--model", "released"], "needs --data"),
        (["eval", "kumo", "--model", "oracle", "--data", "nowhere"], "says what to read"),
        (["eval", "kumo", "--model", "organism/none"], "none"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(words, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line


def test_the_command_prints_a_table_or_one_object(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["eval", "kumo", "--model", "oracle", "--limit", "5"]
    assert main(words) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].split()[:3] == ["model", "n", "unscored"]
    assert told[1].split()[:4] == ["oracle", "5", "0", "1.00"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["eval"], found["n"], found["success"]) == ("kumo", 5, 1.0)


@shared
def test_the_audit_names_what_is_broken(capsys):
    assert main(["audit", "kumo", str(KUMO)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "99 domains, 3400 tasks, 21 broken"
    assert "FungalEnv 4x6 seed 36: leaves 0 truths" in told
    assert main(["audit", "kumo", str(KUMO), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["broken"]) == 21


def test_a_table_lines_models_up():
    rows = [
        {"model": "a", "columns": ["n"], "n": 5},
        {"model": "longer", "columns": ["n"], "n": 10},
    ]
    assert table(rows) == "model   n\na       5\nlonger  10"
