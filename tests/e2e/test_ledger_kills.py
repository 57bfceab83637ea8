"""A run killed with -9 again and again ends as one that was left alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from superalign.ledger import Ledger

SCRIPT = Path(__file__).with_name("ten_steps.py")


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(folder), str(folder.with_suffix(".effects"))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def run_to_the_end(folder: Path) -> object:
    with start(folder) as process:
        out, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


def kill_somewhere(folder: Path, done: set[int], rng: random.Random) -> set[int]:
    """Kill a run as it starts or soon after a step that is new; return the steps done by then."""
    with start(folder) as process:
        if rng.random() < 0.3:
            time.sleep(rng.random())
        else:
            for line in process.stdout:
                if line.startswith("done") and int(line.split()[1]) not in done:
                    done = done | {int(line.split()[1])}
                    break
            time.sleep(rng.random() * 0.04)
        process.kill()
        lines = process.stdout.read().splitlines()
    return done | {int(line.split()[1]) for line in lines if line.startswith("done")}


def test_ten_steps_killed_at_random_moments_end_as_if_left_alone(tmp_path):
    expected = run_to_the_end(tmp_path / "calm")
    rng = random.Random(20)
    folder, effects = tmp_path / "killed", tmp_path / "killed.effects"
    effects.touch()
    made_before: list[int] = []
    done: set[int] = set()
    for _ in range(8):
        done_now = kill_somewhere(folder, done, rng)
        made = [int(line) for line in effects.read_text().split()]
        assert not done & set(made[len(made_before) :]), "a recorded step was made again"
        made_before, done = made, done_now
    assert run_to_the_end(folder) == expected

    made = [int(line) for line in effects.read_text().split()]
    assert sorted(set(made)) == list(range(10))
    assert made == sorted(made)
    with Ledger.open(folder, {"steps": 10}, seed=0) as ledger:
        assert [s.name for s in ledger.steps()] == ["train", "answer"] * 5
        assert len(ledger.read()) == 500
        saved = {p.name: (p / "weights").read_bytes() for p in ledger.checkpoints.iterdir()}
    calm = tmp_path / "calm" / "policies"
    assert saved == {p.name: (p / "weights").read_bytes() for p in calm.iterdir()}
