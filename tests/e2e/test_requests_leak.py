"""Nothing that `requests` learns may depend on gold beyond the labels people give.

The critic `Misreading` is itself made from the truth, with errors: it stands for a critic and is
the only other reader of the world's rule.
"""

import json

import pytest

from superalign.critics.oracle import RequestsOracle
from superalign.loop import Loop
from superalign.oversight.people import People
from superalign.policies.organisms import folder_of
from superalign.progress import Progress
from superalign.recipes.requests import arm as requests_arm
from superalign.recipes.requests import measures as requests_measures
from superalign.recipes.requests.arm import RequestsTask, run_task
from superalign.recipes.requests.config import requests
from superalign.recipes.requests.exam import Exam
from superalign.records import Outcome

VERDICT, CHECK = RequestsOracle.verdict, requests_measures.check


@pytest.fixture(scope="module")
def config():
    organism = folder_of("requests-200k")
    if organism is None:
        pytest.skip("no organism of the world requests is shipped in this tree")
    sizes = {"rounds": 2, "budget": 32, "labels": 6, "steps": 2, "test": 2, "checks": 4}
    return requests("smoke", organism=str(organism), **sizes)


@pytest.fixture(autouse=True, scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests_arm, "BENIGN", 12)
        yield


def run(config, folder):
    return run_task(RequestsTask("requests", config, folder, 3), Progress())


@pytest.fixture(scope="module")
def honest(config, tmp_path_factory):
    """An honest run: what it found, whom people saw, and who asked gold outside measurement."""
    shown, asked, measuring, rounds = [], [], [], []
    label, a_round = People.label, Loop.round

    def watched_label(self, episodes, **look):
        shown.extend(e.id for e in episodes)
        return label(self, episodes, **look)

    def measured(step):
        async def watched(self, *args):
            measuring.append(1)
            try:
                return await step(self, *args)
            finally:
                measuring.pop()

        return watched

    def watched_verdict(self, episode):
        if not measuring:
            asked.append(episode.id)
        return VERDICT(self, episode)

    async def watched_round(self, state, number):
        rounds.append(number)
        return await a_round(self, state, number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(People, "label", watched_label)
        patch.setattr(Exam, "measure", measured(Exam.measure))
        patch.setattr(Exam, "dimensions", measured(Exam.dimensions))
        patch.setattr(RequestsOracle, "verdict", watched_verdict)
        patch.setattr(Loop, "round", watched_round)
        folder = tmp_path_factory.mktemp("honest")
        found = run(config, folder)
    return found, shown, asked, rounds, folder


def test_only_people_ask_gold_outside_measurement_and_within_their_budget(honest, config):
    found, shown, asked, *_ = honest
    assert asked == shown
    assert len(shown) == len(set(shown)) == found["labels"]
    assert 0 < found["labels"] <= config.labels * config.rounds
    assert [r["labels"] for r in found["rounds"]] == [6, 12]


def test_its_rounds_are_the_loops(honest):
    assert honest[3] == [1, 2]


def test_gold_that_lies_to_whoever_measures_changes_nothing_that_is_learnt(
    honest, config, tmp_path, monkeypatch
):
    async def lying(self, episodes):
        found = [VERDICT(self, e) for e in episodes]
        return [v.model_copy(update={"outcome": Outcome.FAIL, "kind": "unsafe"}) for v in found]

    def lies(prompt, reply):
        return CHECK(prompt, "i must decline this request.")

    monkeypatch.setattr(RequestsOracle, "judge", lying)
    monkeypatch.setattr(requests_measures, "check", lies)
    found = run(config, tmp_path)
    assert found["counts"] != honest[0]["counts"]
    assert learnt(found) == learnt(honest[0])


def learnt(found):
    rounds = [{k: r[k] for k in r if k != "critic"} for r in found["rounds"]]
    return json.dumps([found["learner"], rounds, found["labels"], found["noise"]])


def test_a_run_that_goes_on_asks_nobody_a_second_time_for_other_labels(honest, config):
    assert untimed(run(config, honest[4])) == untimed(honest[0])


def untimed(found):
    return {k: v for k, v in found.items() if k != "seconds"}
