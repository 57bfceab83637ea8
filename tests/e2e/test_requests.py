"""The recipe `requests` and the study of oversight by the command line, on a shipped organism."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from superalign.cli import main
from superalign.ledger import Ledger
from superalign.loop import Loop
from superalign.recipes.requests import arm as requests_arm
from superalign.recipes.requests.guards import Guards
from superalign.studies import audits

ORGANISM = "requests-200k"
pytestmark = pytest.mark.slow
RATES = ("harmful", "over_refusal", "helpful", "low_quality")
TIMED = {"seconds", "provenance"}


@pytest.fixture(autouse=True, scope="module")
def small():
    """Have each round ask fewer benign requests, and an audit see fewer replies."""
    with pytest.MonkeyPatch.context() as patch:
        for place, name, n in (
            (requests_arm, "BENIGN", 20),
            (audits, "POOL", 150),
            (audits, "WARM", 50),
            (audits, "LABELS", 40),
        ):
            patch.setattr(place, name, n)
        yield


def words(out: Path) -> list[str]:
    sets = [w for s in ("rounds=2", "budget=32", "test=3") for w in ("--set", s)]
    settings = ["--preset", "smoke", "--learner", ORGANISM, "--out", str(out), "--json"]
    return ["run", "requests", *settings, *sets]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("requests") / "run"
    assert main(words(folder)) == 0
    return folder


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def untimed(folder: Path) -> dict[str, Any]:
    return {k: v for k, v in summary(folder).items() if k not in TIMED}


def test_every_rate_has_an_interval_at_both_ends_on_every_side(run):
    found = summary(run)
    for side in ("under_attack", "plain", "seen", "held_out"):
        assert tuple(found[side]) == RATES
        for rate in RATES:
            for end in ("start", "end"):
                told = found[side][rate][end]
                assert 0 <= told["low"] <= told["rate"] <= told["high"] <= 1
    assert found["under_attack"]["harmful"]["start"]["n"] == 6
    assert found["under_attack"]["over_refusal"]["end"]["n"] == 12


def test_every_round_says_what_people_and_the_gate_said(run):
    found = summary(run)
    assert [r["round"] for r in found["rounds"]] == [1, 2]
    assert [r["labels"] for r in found["rounds"]] == [8, 16]
    assert found["human_labels"]["total"] == 16
    for row in found["rounds"]:
        assert len(row["reasons"]) >= 3
        assert row["promoted"] is not any(r.startswith("FAILED") for r in row["reasons"])
        assert 0 < row["tried"] <= 32
        lines = [line for line in found["guards"] if line["round"] == row["round"]]
        assert {line["about"] for line in lines} == {"critic", "learner", "attacker"}
        crossed = [line["name"].partition(" (")[0] for line in lines if line["crossed"]]
        assert row["alarms"] == crossed
        assert row["estimate"]["scored"] == 8
        assert row["estimate"]["low"] <= row["estimate"]["value"] <= row["estimate"]["high"]
    assert found["stopped"] is None
    assert "for 16 human labels. This was a smoke test" in found["sentence"]
    assert (run / "policies" / found["learner"]).is_dir() or not any(
        r["promoted"] for r in found["rounds"]
    )
    assert (run / "report.html").read_text().startswith("<!doctype html>")


def test_a_run_cut_off_between_steps_ends_as_one_that_was_left_alone(run, tmp_path, monkeypatch):
    """Every few recorded steps the run is stopped, and the same command goes on."""
    folder, left = tmp_path / "cut", [3]
    finish = Ledger.play

    async def play(self, *args):
        found = await finish(self, *args)
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(Ledger, "play", play)
    codes = [main(words(folder))]
    while codes[-1] == 130 and len(codes) < 4:
        left[0] = 9
        codes.append(main(words(folder)))
    monkeypatch.setattr(Ledger, "play", finish)
    assert codes[0] == 130
    if codes[-1] != 0:
        assert main(words(folder)) == 0
    assert untimed(folder) == untimed(run)
    with Ledger.read_only(folder) as cut, Ledger.read_only(run) as whole:
        assert [(s.name, s.key) for s in cut.steps()] == [(s.name, s.key) for s in whole.steps()]
        assert [e.id for e in cut.read()] == [e.id for e in whole.read()]


def test_what_cannot_be_run_is_one_line_and_writes_nothing(tmp_path, capsys):
    out = tmp_path / "run"
    assert main([*words(out), "--set", "budget=3"]) == 2
    assert "'budget' is 3 samples a round, too few" in capsys.readouterr().err
    assert main(["study", "oversight", "--out", str(out), "--set", 'arms=["fool"]']) == 2
    assert "no arm 'fool'; there are random_dpo" in capsys.readouterr().err
    assert not out.exists()


def test_its_rounds_are_those_of_the_one_loop(run, monkeypatch):
    went: list[int] = []
    a_round = Loop.round

    async def watched(self, state, number):
        went.append(number)
        return await a_round(self, state, number)

    monkeypatch.setattr(Loop, "round", watched)
    assert main(words(run)) == 0
    assert went == [1, 2]


def test_a_run_that_ends_early_says_why_in_summary_terminal_and_report(
    tmp_path, monkeypatch, capsys
):
    """Any run of labels is the last: the rule on budgets, which needs no certain learner."""
    monkeypatch.setattr(Guards, "_spent", lambda self: True)
    folder = tmp_path / "early"
    assert main([w for w in words(folder) if w != "--json"]) == 0
    found, told = summary(folder), capsys.readouterr().err
    assert found["stopped"] == "nothing is left of human labels"
    assert [r["round"] for r in found["rounds"]] == [1]
    assert "early, after round 1: nothing is left of human labels. This" in found["sentence"]
    assert "ended after round 1 of 2: nothing is left of human labels" in told
    assert "Ended early: nothing is left of human labels." in (folder / "report.html").read_text()
    assert found["under_attack"]["harmful"]["end"]["n"] == 6
    again = tmp_path / "whole"
    assert main([*words(again), "--set", "stop=false"]) == 0
    assert len(summary(again)["rounds"]) == 2


def test_the_study_runs_end_to_end_and_again_says_the_same(tmp_path, capsys):
    out, requests = tmp_path / "study", {"preset": "smoke", "organism": ORGANISM, "budget": 32}
    command = ["study", "oversight", "--preset", "smoke", "--workers", "1", "--out", str(out)]
    command += ["--set", f"requests={json.dumps(requests)}", "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert {(c["arm"], c["noise"]) for c in found["cells"]} == {("random_dpo", 0.2), ("full", 0.2)}
    assert len(found["cells"]) == 4
    assert found["full_minus"]["random_dpo"]["0.2"]["harmful"]["n"] == 2
    assert {c["n"] for c in found["coverage"].values()} == {5}
    assert all(isinstance(holds, bool) for holds in found["claims"].values())
    assert found["sentence"].startswith(f"{sum(found['claims'].values())} of 5 claims hold")
    assert (out / "report.html").is_file()
    assert main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert {k: v for k, v in again.items() if k != "seconds"} == {
        k: v for k, v in found.items() if k != "seconds"
    }


def test_what_never_trains_measures_at_both_ends_and_checkpoints_are_vectors(run):
    found = summary(run)
    held = found["attack_success"]
    assert held["held_out_wrappers"]["end"] == found["held_out"]["harmful"]["end"]
    for name in ("held_out_attacker", "held_out_attacker_and_wrappers"):
        assert held[name]["attacker"] == "tree"
        for end in ("start", "end"):
            assert 0 <= held[name][end]["low"] <= held[name][end]["high"] <= 1
            assert held[name][end]["n"] + held[name]["unscored"][end] == 1
    vectors = found["dimensions"]
    assert vectors["compared"] == ["helpful", "harmless"]
    assert vectors["missing"] == ["honest", "culture: neutral example"]
    assert vectors["checkpoints"][0]["checkpoint"] == "round 0"
    assert vectors["checkpoints"][0]["honest"] is None
    assert "One aim against another" in (run / "report.html").read_text()


@pytest.mark.parametrize("attack", ["pair", "tree", "explore", "drift", "trained", "families"])
def test_every_attack_runs_with_a_model_in_its_seat(attack, tmp_path):
    sets = ["--set", f"attack={attack}", "--set", "rounds=1", "--set", "dimensions=false"]
    assert main([*words(tmp_path / "run"), "--attacker", ORGANISM, *sets]) == 0
    row = summary(tmp_path / "run")["rounds"][0]
    assert 0 < row["tried"] <= 32
