"""The study of weak supervision by the command line: both modes, reuse, and being killed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from runs import Forks

from superalign.cli import main

pytestmark = pytest.mark.slow

MEASURED = {"rate", "n", "low", "high"}


@pytest.mark.parametrize("mode", ["frozen", "finetuned"])
def test_the_smoke_preset_measures_every_cell_and_the_same_command_reuses_it(
    mode, tmp_path, capsys
):
    out = tmp_path / "study"
    command = ["study", "weak-to-strong", "--task", "chains", "--preset", "smoke", "--json"]
    command += ["--workers", "1", "--out", str(out), "--set", f"mode={mode}"]
    sizes = ["chains-50k", "chains-200k"]
    if mode == "frozen":
        sizes = [f"surprise-{size}" for size in sizes]
    command += ["--set", f"sizes={json.dumps(sizes)}"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    cells = [(c["weak_size"], c["student_size"], c["loss"]) for c in found["cells"]]
    assert len(cells) == len(set(cells)) == 2 * 2 * 2
    assert {x for weak, strong, _ in cells for x in (weak, strong)} == set(sizes)
    for cell in found["cells"]:
        assert isinstance(cell["seed"], int)
        for role in ("weak", "student", "ceiling"):
            assert cell[role].keys() >= MEASURED
            assert cell[role]["low"] <= cell[role]["rate"] <= cell[role]["high"]
        assert cell["gap_recovered"].keys() >= {"value", "low", "high"}
        assert 0 <= cell["agreement"]["all"]["rate"] <= 1
    assert "<table" in (out / "report.html").read_text()
    before = {p: p.stat().st_mtime_ns for p in (out / "features").rglob("*.safetensors")}
    assert bool(before) is (mode == "frozen")
    assert main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}
    assert before == {p: p.stat().st_mtime_ns for p in before}


def words(organism: Path, out: Path) -> list[str]:
    """Return the words of a finetuned grid of one body, four losses and five seeds."""
    changes = ["mode=finetuned", f"sizes={json.dumps([str(organism)])}", "n=60", "seeds=5"]
    changes += ['losses=["xent", "hard", "product", "focal"]']
    sets = [word for change in changes for word in ("--set", change)]
    return [
        "study", "weak-to-strong", "--task", "chains", "--workers", "1", "--out", str(out), *sets
    ]  # fmt: skip


def cells(out: Path) -> list[dict[str, Any]]:
    return list(json.loads((out / "summary.json").read_text())["cells"])


def answers(out: Path) -> dict[str, int]:
    """Return the answers that are kept by now, with the moment they were."""
    found = (out / "taught").glob("[!.]*.json")
    return {p.name: p.stat().st_mtime_ns for p in found}


def stopped(forks: Forks, command: list[str], out: Path, by: int) -> dict[str, int]:
    """Start a run, stop it once it has kept new answers; return those that are kept."""
    before, process = len(answers(out)), forks.start(command)
    while len(answers(out)) <= before:
        assert forks.ended(0.01) is None, forks.log.read_text()
    os.kill(process, by)
    assert forks.ended(60) == (130 if by == signal.SIGINT else -by), forks.log.read_text()
    return answers(out)


def test_a_finetuned_grid_killed_and_interrupted_goes_on_and_ends_the_same(
    forks, organism, tmp_path
):
    calm, broken = tmp_path / "calm", tmp_path / "broken"
    forks.start(words(organism, calm))
    assert forks.ended(120) == 0, forks.log.read_text()
    command, kept = words(organism, broken), {}
    for by in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        now = stopped(forks, command, broken, by)
        assert set(kept.items()) <= set(now.items()), "an answer is lost or was given again"
        kept = now
    forks.start(command)
    assert forks.ended(120) == 0, forks.log.read_text()
    assert cells(broken) == cells(calm)
    assert not answers(broken)
