"""A run killed with -9 at random moments ends as one that was left alone, and repeats nothing."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runs import Forks, smoke

from superalign.ledger import Ledger

KILLS = 20
LONGEST = 600.0
"""Seconds that a run left alone may take before the test gives up."""

pytestmark = pytest.mark.slow


class Recorded(NamedTuple):
    """What the ledger of one arm holds: steps, episode ids, and the checkpoints beside it."""

    steps: list[tuple[str, str]]
    episodes: list[str]
    checkpoints: list[str]


def left_alone(forks: Forks, words: list[str]) -> float:
    """Run to the end and return the seconds it took."""
    begin = time.monotonic()
    forks.start(words)
    assert forks.ended(LONGEST) == 0, forks.log.read_text()
    return time.monotonic() - begin


def killed(forks: Forks, words: list[str], after: float) -> bool:
    """Start a run and kill it after so many seconds; return whether it was still running."""
    process = forks.start(words)
    code = forks.ended(after)
    if code is None:
        code = forks.kill(process)
    assert code in (0, -9), forks.log.read_text()
    return code == -9


def summary(folder: Path) -> dict[str, Any]:
    """Return what a run found, without when and how long."""
    found = json.loads((folder / "summary.json").read_text())
    timed = {"seconds", "seconds_by_stage", "provenance"}
    return {k: v for k, v in found.items() if k not in timed}


def recorded(folder: Path, arm: str) -> Recorded:
    place = folder / "arms" / arm
    with Ledger.read_only(place) as ledger:
        steps = [(s.name, s.key) for s in ledger.steps()]
        episodes = [e.id for e in ledger.read()]
    return Recorded(steps, episodes, sorted(p.name for p in (place / "policies").iterdir()))


def so_far(folder: Path) -> list[tuple[Any, ...]]:
    """Return what is done by now, with the time it was done at: steps, then checkpoints."""
    done: list[tuple[Any, ...]] = []
    for file in sorted(folder.glob("arms/*/ledger.sqlite")):
        with sqlite3.connect(file) as connection:
            done += _steps(connection, file.parent.name)
    saved = folder.glob("arms/*/policies/[!.]*/model.safetensors")
    return done + [(str(p.relative_to(folder)), p.stat().st_mtime_ns) for p in sorted(saved)]


def _steps(connection: sqlite3.Connection, arm: str) -> Iterator[tuple[Any, ...]]:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'steps'").fetchone():
        for row in connection.execute("SELECT name, key, seconds, at FROM steps ORDER BY number"):
            yield (arm, *row)


@pytest.fixture(scope="module")
def calm(forks, organism, tmp_path_factory) -> tuple[Path, float]:
    """Return a run that was left alone, and the seconds it took."""
    folder = tmp_path_factory.mktemp("calm") / "run"
    return folder, left_alone(forks, smoke(organism, arms=["critic"], workers=1, out=folder))


def test_the_run_that_is_killed_attacks_judges_learns_and_promotes(calm):
    folder, _ = calm
    found = json.loads((folder / "summary.json").read_text())
    assert all(r["accepted"] > 0 for r in found["rounds"])
    assert any(r["promoted"] for r in found["rounds"])
    assert len(recorded(folder, "critic").checkpoints) > 1


def test_twenty_kills_at_random_moments_change_nothing_and_repeat_nothing(
    calm, forks, organism, tmp_path
):
    expected, seconds = calm
    rng, kills, runs = random.Random(20), 0, 0
    while kills < KILLS:
        folder = tmp_path / str(runs)
        words = smoke(organism, arms=["critic"], workers=1, out=folder)
        done: list[tuple[Any, ...]] = []
        while kills < KILLS and killed(forks, words, rng.uniform(0, seconds / 2)):
            kills += 1
            now = so_far(folder)
            assert set(done) <= set(now), "what was done is lost or was done again"
            done = now
        left_alone(forks, words)
        assert set(done) <= set(so_far(folder))
        assert summary(folder) == summary(expected)
        assert recorded(folder, "critic") == recorded(expected, "critic")
        runs += 1


def kill_after_progress(forks: Forks, words: list[str], folder: Path, rng: random.Random) -> None:
    """Start a run and kill it a random moment after it recorded anything new."""
    before = len(so_far(folder))
    process = forks.start(words)
    while len(so_far(folder)) <= before:
        assert forks.ended(0.05) is None, "the run ended before it could be killed"
    time.sleep(rng.uniform(0, 0.3))
    assert forks.kill(process) == -9


def test_two_arms_in_two_workers_killed_together_go_on_together(forks, organism, tmp_path):
    arms = ["critic", "oracle"]
    expected, folder = tmp_path / "calm", tmp_path / "killed"
    left_alone(forks, smoke(organism, arms=arms, workers=1, out=expected))
    words, rng = smoke(organism, arms=arms, workers=2, out=folder), random.Random(2)
    for _ in range(3):
        kill_after_progress(forks, words, folder, rng)
    left_alone(forks, words)
    assert summary(folder) == summary(expected)
    for arm in arms:
        assert recorded(folder, arm) == recorded(expected, arm)
