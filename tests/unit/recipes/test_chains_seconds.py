"""The seconds of a run of the recipe `chains` that was stopped and went on."""

import time

import pytest

from superalign.progress import Progress
from superalign.recipes.chains.config import chains
from superalign.recipes.chains.run import run_chains


class Slow(Progress):
    """Every stage takes ten seconds of the clock; it stops the run at one of them."""

    def __init__(self, clock, stop=None):
        self.clock, self.stop, self.stages = clock, stop, 0

    def begin(self, stage, total=None):
        self.clock[0] += 10
        self.stages += 1
        if self.stages == self.stop:
            raise KeyboardInterrupt


def test_the_seconds_of_a_run_that_was_stopped_count(tiny, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    sizes = {"rounds": 1, "budget": 16, "first_labels": 8, "test": 1, "learner_steps": 1}
    config = chains("smoke", organism=str(tiny), arms=["self_training"], **sizes)
    given = {"seed": 0, "workers": 1}
    with pytest.raises(KeyboardInterrupt):
        run_chains(config, tmp_path / "run", Slow(clock, stop=4), **given)
    rest = Slow(clock)
    summary = run_chains(config, tmp_path / "run", rest, **given)
    assert summary["seconds"] == 10 * (3 + rest.stages)
