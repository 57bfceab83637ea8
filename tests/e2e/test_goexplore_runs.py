"""Go-Explore over a real OpenAI-compatible server on loopback, a kill, an organism, and Inspect."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time
from pathlib import Path

import pytest

import endpoints
from goexplore_worlds import chooses
from superalign.evals.command import run_eval
from superalign.records import Message

TESTS = str(Path(__file__).parents[1])
pytestmark = pytest.mark.slow


def last(kind, found, text):
    return "accept" if kind == "keep" else len(found) - 1


def server(latency=0.0):
    """Serve a model that takes the last option; yields the base URL and the requests."""

    def answer(asked, _):
        time.sleep(latency)
        seen = [Message(role=m["role"], text=m["content"]) for m in asked["messages"]]
        return endpoints.completion(chooses(last)(seen, 0))

    return endpoints.endpoint(answer)


def finished(model, url, out, *changes, limit=4):
    """Run the command's own function and return the summary."""
    summary, _ = run_eval(
        "goexplore",
        [str(model)],
        changes,
        data=None,
        limit=limit,
        epochs=1,
        base_url=url,
        seed=0,
        out=out,
        quiet=True,
    )
    return json.loads(json.dumps(summary))


def killed_after(requests, count, *work):
    """Run in a fork, and kill it once so many requests were heard."""
    process = multiprocessing.get_context("fork").Process(target=finished, args=work)
    process.start()
    while len(requests) < count and process.is_alive():
        time.sleep(0.005)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_run_that_is_killed_goes_on_and_pays_for_nothing_twice(tmp_path):
    work = ("steps=12",)
    with server(0.01) as (url, requests):
        alone = finished("openai/m", url, tmp_path / "alone", *work)
        wanted = len(requests)
        assert alone["unscored"] == 0
        assert alone["calls"] * alone["n"] == wanted
        assert alone["tokens"] == pytest.approx(4 * alone["calls"])
        requests.clear()
        killed_after(requests, 20, "openai/m", url, tmp_path / "killed", *work)
        assert finished("openai/m", url, tmp_path / "killed", *work) == alone
        assert len(requests) <= wanted + 8
        again = len(requests)
        assert finished("openai/m", url, tmp_path / "killed", *work) == alone
        assert len(requests) == again


@pytest.mark.parametrize("world", ["babyai", "textworld"])
def test_other_worlds_are_played_over_the_wire(world, tmp_path):
    extra = "minigrid" if world == "babyai" else "textworld"
    pytest.importorskip(extra, reason=f"{extra}, an extra, is not installed")
    kinds = 'kinds=["goto"]' if world == "babyai" else 'kinds=["cooking"]'
    with server() as (url, requests):
        found = finished(
            "openai/m", url, tmp_path, f"world={world}", kinds, "steps=3", "temperature=0", limit=1
        )
    assert (found["n"], found["unscored"], found["steps"]) == (1, 0, 3.0)
    assert found["calls"] == len(requests)
    assert found["unreadable"] == 0.0


def test_an_organism_that_cannot_answer_explores_by_chance_and_says_so(organism, tmp_path):
    found = finished(organism, "", tmp_path, "steps=2", "history=0", "max_tokens=8", limit=2)
    assert found["n"] + found["unscored"] == 2
    assert found["unreadable"] in (None, 1.0)


PLAYED = """
import json, sys
sys.path.insert(0, TESTS)
from goexplore_worlds import chooses
from inspect_ai import eval, score
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from superalign.records import Message

def last(kind, found, text):
    return "accept" if kind == "keep" else len(found) - 1

def say(input, tools, tool_choice, config):
    seen = [Message(role=m.role, text=m.text) for m in input]
    output = ModelOutput.from_content("mockllm/model", chooses(last)(seen, 0))
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
asked = {"limit": 3, "steps": 6, "history": 2}
log = eval("superalign/goexplore", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
scores = kept.results.scores if kept.results else []
print(json.dumps({
    "status": kept.status,
    "error": kept.error and kept.error.message,
    "scores": {s.name: s.metrics["mean"].value for s in scores},
    "messages": [len(s.messages) for s in kept.samples or []],
}))
"""


def test_the_task_of_inspect_scores_as_the_command_does(played, tmp_path):
    found = played(PLAYED.replace("TESTS", repr(TESTS)))
    assert (found["status"], found["error"]) == ("success", None)
    with server() as (url, _):
        ours = finished("openai/m", url, tmp_path / "ours", "steps=6", "history=2", limit=3)
    same = {name: found["scores"][name] for name in ("success", "steps", "calls", "archive")}
    assert same == pytest.approx({name: ours[name] for name in same})
    assert all(n <= 7 for n in found["messages"])
