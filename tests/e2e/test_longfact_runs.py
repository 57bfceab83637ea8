"""LongFact over a real OpenAI-compatible server on loopback: both modes, a kill, and Inspect."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time

import pytest

import endpoints
import fact_checks
from superalign.evals.command import run_eval

CITIES = ("Aix", "Bonn", "Cork")
pytestmark = pytest.mark.slow


def endpoint(latency=0.0):
    """Serve the scripted model; yields the base URL and the requests."""

    def answer(asked, _):
        time.sleep(latency)
        return endpoints.completion(fact_checks.completion(asked))

    return endpoints.endpoint(answer)


@pytest.fixture
def data(tmp_path):
    """Prompts, and a corpus that states what is supported."""
    asked = [{"prompt": fact_checks.QUESTION.format(city=c)} for c in CITIES]
    facts = [f"{c} has tower{n}." for c in CITIES for n in range(1, 13)]
    known = [
        {"text": f"It is known that {f}"}
        for f in facts
        if fact_checks.truth(f) == fact_checks.SUPPORTED
    ]
    for name, rows in (("prompts", asked), ("corpus", known)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def finished(data, url, out, *changes, model="openai/m", source="prompts.jsonl"):
    """Run the command's own function and return the summary."""
    summary, _ = run_eval(
        "longfact",
        [model],
        [f"corpus={data / 'corpus.jsonl'}", "detail=false", *changes],
        data=data / source,
        limit=None,
        epochs=1,
        base_url=url,
        seed=0,
        out=data / out,
        quiet=True,
    )
    return json.loads(json.dumps(summary))


def test_both_modes_find_the_same_and_the_fast_one_asks_a_third(data):
    with endpoint() as (url, requests):
        fast = finished(data, url, "fast")
        asked_fast = len(requests)
        slow = finished(data, url, "slow", "mode=compat")
        asked_slow = len(requests) - asked_fast
    assert fast["facts"] == slow["facts"]
    assert fast["facts"] == {
        "supported": 18,
        "not_supported": 12,
        "irrelevant": 6,
        "unrated": 0,
        "assumed": 0,
    }
    assert fast["f1_64"] == slow["f1_64"]
    assert fast["cost"]["calls"] == asked_fast - len(CITIES)
    assert slow["cost"]["calls"] == asked_slow - len(CITIES)
    assert fast["cost"]["calls_per_relevant_fact"] <= 3
    assert slow["cost"]["calls_per_relevant_fact"] >= 8
    rated = [
        json.loads((next((data / mode).rglob("responses-SAFE.json"))).read_text())
        for mode in ("fast", "slow")
    ]
    counts = [
        [
            i["side1_posthoc_eval_data"][a]
            for i in r["per_prompt_data"]
            for a in ("Supported", "Not Supported", "Irrelevant")
        ]
        for r in rated
    ]
    assert counts[0] == counts[1]


def killed_after(requests, count, *work):
    """Run in a fork, and kill it once so many requests were heard."""
    process = multiprocessing.get_context("fork").Process(target=finished, args=work)
    process.start()
    while len(requests) < count and process.is_alive():
        time.sleep(0.005)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("mode", ["fast", "compat"])
def test_a_run_that_is_killed_goes_on_and_loses_no_fact(data, mode):
    changes = (f"mode={mode}", "concurrency=2")
    with endpoint(0.01) as (url, requests):
        alone = finished(data, url, "alone", *changes)
        wanted = len(requests)
        requests.clear()
        killed_after(requests, 12, data, url, "killed", *changes)
        assert 12 <= len(requests) < wanted
        assert finished(data, url, "killed", *changes) == alone
        assert len(requests) <= wanted + 5
        again = len(requests)
        assert finished(data, url, "killed", *changes) == alone
        assert len(requests) == again


def test_recorded_answers_are_rated(data):
    with endpoint() as (url, _):
        first = finished(data, url, "first")
        source = next((data / "first").rglob("responses.json"))
        rater = "rater=openai/m"
        again = finished(data, url, "second", rater, model="responses", source=source)
    assert again["facts"] == first["facts"]


JUDGED = """
import json, sys
sys.path.insert(0, TESTS)
import endpoints
import fact_checks
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def say(input, tools, tool_choice, config):
    asked = {"messages": [{"role": m.role, "content": m.text} for m in input]}
    output = ModelOutput.from_content("mockllm/model", fact_checks.completion(asked))
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

log = eval(
    "superalign/longfact",
    model=get_model("mockllm/model", custom_outputs=say),
    display="none",
    task_args={"data": "prompts.jsonl", "corpus": "corpus.jsonl", "detail": False, "k": [5]},
)[0]
scores = log.results.scores if log.results else []
print(json.dumps({
    "status": log.status,
    "error": log.error and log.error.message,
    "scores": {s.name: s.metrics["mean"].value for s in scores},
}))
"""


def test_the_task_of_inspect_scores_as_the_command_does(data, played):
    found = played(JUDGED.replace("TESTS", repr(str(fact_checks.__file__).rpartition("/")[0])))
    assert (found["status"], found["error"]) == ("success", None)
    scores = {n: found["scores"][n] for n in ("f1", "supported", "unrated")}
    assert scores == pytest.approx({"f1": 0.75, "supported": 6, "unrated": 0})
