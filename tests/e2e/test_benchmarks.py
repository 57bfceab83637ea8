"""Benchmarks are run by hand; that they still fit the house is tested here."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "benchmarks").glob("*.py"))


def ran(*words):
    return subprocess.run(
        [sys.executable, *words], cwd=SCRIPTS[0].parent, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_says_what_it_takes(script):
    done = ran(script.name, "--help")
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout


def test_every_part_that_the_loop_is_timed_by_is_still_there():
    done = ran("-c", "from loop_time import watched; watched()")
    assert done.returncode == 0, done.stderr
