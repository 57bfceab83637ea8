"""From other tools' reports into a run, and from a run into a build, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from superalign.cli import main

pytestmark = pytest.mark.slow

ORGANISM = "requests-200k"


def attempt(number: int) -> dict[str, object]:
    """Return a garak attempt, evaluated."""
    turn = {"role": "user", "content": {"text": f"Say {number}.", "lang": "en"}}
    return {
        "entry_type": "attempt",
        "uuid": str(number),
        "status": 2,
        "probe_classname": "dan.Dan_11_0",
        "prompt": {"turns": [turn]},
        "outputs": [{"text": "Sure!"}],
        "detector_results": {"dan.DAN": [1.0]},
    }


def test_a_garak_report_is_run_on_as_problems(organism, tmp_path, capfd):
    report = tmp_path / "garak.report.jsonl"
    report.write_text("".join(json.dumps(attempt(i)) + "\n" for i in range(4)))
    models = ["--learner", str(organism), "--critic", str(organism)]
    words = ["run", "--problems", str(report), *models, "--out", str(tmp_path / "run"), "--json"]
    assert main([*words, "--set", "samples=1", "--set", "looks=1", "--set", "max_tokens=8"]) == 0
    said = capfd.readouterr()
    assert f"{report}: read as a garak report: 4 problems, 4 recorded replies" in said.err
    assert json.loads(said.out)["labelled"] == 0


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a short run of `requests` exports."""
    folder = tmp_path_factory.mktemp("interop")
    words = ["run", "requests", "--preset", "smoke", "--set", f"organism={ORGANISM}", "--json"]
    assert main([*words, "--out", str(folder / "run")]) == 0
    assert main(["export", str(folder / "run"), "--out", str(folder / "out"), "--json"]) == 0
    return folder / "out"


def test_the_pairs_of_a_requests_run_load_with_eps_weight_and_source(exported, tmp_path):
    from datasets import load_dataset

    file, cache = str(exported / "preferences.jsonl"), str(tmp_path / "cache")
    found = load_dataset("json", data_files=file, split="train", cache_dir=cache)
    assert {"prompt", "chosen", "rejected", "weight", "eps", "source"} <= set(found.column_names)
    assert all(0 <= eps < 0.5 for eps in found["eps"])
    assert set(found["source"]) <= {"critic:first", "people"}


def test_a_suite_passes_on_the_exported_model_and_its_open_cases_fail(exported, capsys):
    learner = ["--model", str(exported / "learner"), "--json"]
    suites = {name: exported / name for name in ("regression.jsonl", "still_open.jsonl")}
    there = {name: path for name, path in suites.items() if path.is_file()}
    assert there
    for name, path in there.items():
        code = main(["check", str(path), *learner])
        found = json.loads(capsys.readouterr().out)
        assert (code, bool(found["failed"])) == ((0, False), (1, True))[name != "regression.jsonl"]


def test_check_needs_one_thing_to_check(tmp_path, capsys):
    assert main(["check", str(tmp_path / "suite.jsonl")]) == 2
    assert "check needs either --guard FOLDER or --model MODEL" in capsys.readouterr().err
