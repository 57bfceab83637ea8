"""The whole loop offline, by the command line, with every arm; and the commands beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from runs import ARMS, smoke

from superalign.cli import main
from superalign.policies.organisms import SHAPES, WEIGHTS, world_of

LEVELS = [str(level) for level in range(1, 9)]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(organism: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run with all arms."""
    folder = tmp_path_factory.mktemp("loop") / "run"
    assert main(smoke(organism, arms=ARMS, workers=1, out=folder)) == 0
    return folder


@pytest.fixture(scope="module")
def summary(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text())
    return found


def is_rate(found: dict[str, Any], n: int) -> bool:
    return found["n"] == n and 0 <= found["low"] <= found["rate"] <= found["high"] <= 1


def test_accuracy_by_level_has_a_rate_with_an_interval_at_both_ends(summary):
    for end in ("start", "end"):
        levels = summary["accuracy_by_level"][end]
        assert list(levels) == LEVELS
        assert all(is_rate(rate, 2) for rate in levels.values())
        assert is_rate(summary["hard_levels"][end], 8)


def test_the_change_by_level_is_that_of_the_rates(summary):
    found = summary["accuracy_by_level"]
    assert list(found["change"]) == LEVELS
    for level, change in found["change"].items():
        start, end = found["start"][level]["rate"], found["end"][level]["rate"]
        assert change["difference"] == pytest.approx(end - start)
        assert change["low"] <= change["difference"] <= change["high"]


def test_people_label_nothing_beyond_level_three(summary):
    labels = summary["human_labels"]
    assert list(labels["by_level"]) == LEVELS
    assert [labels["by_level"][level] for level in LEVELS[3:]] == [0] * 5
    assert sum(labels["by_level"].values()) == labels["total"] > 0
    assert sum(sum(spent.values()) for spent in labels["by_round"]) == labels["total"]


def test_the_critic_is_measured_by_level_and_everything_unscored_is_counted(summary):
    by_level = summary["critic"]["auroc_by_level"]
    assert set(by_level) <= set(LEVELS)
    assert by_level
    assert all(x is None or 0 <= x <= 1 for x in by_level.values())
    assert summary["unscored"] == sum(r["unscored"] for r in summary["rounds"])


def test_the_other_arms_are_measured_as_the_loop_is(summary):
    assert summary["arm"] == "critic"
    assert tuple(summary["baselines"]) == ARMS[1:]
    for arm in summary["baselines"].values():
        assert list(arm["end"]) == LEVELS
        assert arm["hard_levels"]["start"] == summary["hard_levels"]["start"]
    # A learner that solves nothing leaves the oracle nothing to gain, so there is no share of it.
    assert summary["gap_recovered"] is None


def test_a_round_samples_what_its_budget_allows(summary):
    assert [r["sampled"] for r in summary["rounds"]] == [24, 24]


def test_the_run_says_how_long_it_took_and_how_to_repeat_it(summary):
    assert summary["seconds"] > 0
    assert set(summary["seconds_by_stage"]) == {"play"}
    assert summary["provenance"]["config"]["preset"] == "smoke"
    assert summary["provenance"]["versions"]["torch"]
    assert summary["sentence"].endswith(".")


def test_the_report_stands_alone(run):
    page = (run / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert not re.search(r"<script|<link|@import|src=|url\(", page)
    assert not re.search(r'href="(?!#)', page)


def test_the_report_is_written_again_from_the_summary(run, capsys):
    page = run / "report.html"
    before = page.read_text()
    page.unlink()
    assert main(["report", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(page)}
    assert page.read_text() == before


def test_a_finished_run_prints_its_summary_again_and_nothing_else_on_stdout(run, organism, capfd):
    assert main(smoke(organism, arms=ARMS, workers=1, out=run)) == 0
    said = capfd.readouterr()
    again = json.loads(said.out)
    assert again == json.loads((run / "summary.json").read_text())
    assert not re.search(r"Loading weights|LOAD REPORT|Writing model|%\|", said.err)


def test_the_end_of_a_run_is_a_sentence_and_the_path_of_the_report(run, organism, capfd):
    words = [w for w in smoke(organism, arms=ARMS, workers=1, out=run) if w != "--json"]
    assert main(words) == 0
    sentence, where = capfd.readouterr().out.splitlines()
    assert sentence == json.loads((run / "summary.json").read_text())["sentence"]
    assert where == f"Report: {run / 'report.html'}"


def test_the_exported_models_load_in_transformers(run, tmp_path, capsys):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "export"
    assert main(["export", str(run), "--out", str(out), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    found = json.loads((run / "summary.json").read_text())
    source = {"learner": found["learner"], "critic": found["critic"]["checkpoint"]}
    for name, folder in source.items():
        assert written[name] == str(out / name)
        AutoModelForCausalLM.from_pretrained(written[name])
        AutoTokenizer.from_pretrained(written[name])
        weights = [p / "model.safetensors" for p in (out / name, run / folder)]
        assert weights[0].read_bytes() == weights[1].read_bytes()


def test_an_export_does_not_overwrite(run, tmp_path, capsys):
    assert main(["export", str(run), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"superalign: {tmp_path}: exists already; use another --out\n"
    )


def test_models_lists_the_organisms_that_ship(capsys):
    assert main(["models", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["organisms"]
    assert [c["organism"] for c in found] == [n for n in SHAPES if (WEIGHTS / n).is_dir()]
    for card in found:
        if world_of(card["organism"]) == "chains":
            assert list(card["accuracy_by_level"]) == LEVELS
        else:
            assert len(card["outcomes_by_cell"]) == 6
        assert card["parameters"] > 0
        assert card["seed"] >= 0


def test_pretraining_makes_an_organism_with_a_card(tmp_path):
    from transformers import AutoModelForCausalLM

    from superalign.recipes.pretraining import pretrain_organisms

    (card,) = pretrain_organisms("chains-50k", tmp_path, seed=3, quiet=True, tokens=5e3)
    folder = tmp_path / "chains-50k"
    assert json.loads((folder / "card.json").read_text()) | {"folder": str(folder)} == card
    assert card["seed"] == 3
    assert card["tokens"] == pytest.approx(5e3, rel=0.5)
    assert list(card["accuracy_by_level"]) == LEVELS
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() == card["parameters"]


def test_pretraining_keeps_what_is_there(tmp_path, capsys):
    (tmp_path / "chains-50k").mkdir()
    (tmp_path / "chains-50k" / "card.json").write_text('{"organism": "chains-50k"}')
    assert main(["pretrain", "chains-50k", "--out", str(tmp_path), "--json"]) == 0
    kept = {"organism": "chains-50k", "folder": str(tmp_path / "chains-50k")}
    assert json.loads(capsys.readouterr().out) == {"organisms": [kept]}


def test_pretraining_names_the_organisms_there_are(tmp_path, capsys):
    assert main(["pretrain", "chains-9b", "--out", str(tmp_path)]) == 2
    assert "no organism 'chains-9b'; there are chains-50k" in capsys.readouterr().err
