"""LongFact over a real OpenAI-compatible server on loopback: both modes, a kill, and Inspect."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from test_inspect_tasks import installed, ran  # noqa: F401 - a fixture

import fact_checks

CITIES = ("Aix", "Bonn", "Cork")
pytestmark = pytest.mark.slow


@contextmanager
def endpoint(latency=0.0):
    """Serve the scripted model; yields the base URL and the requests."""
    requests, lock = [], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                requests.append(asked)
            time.sleep(latency)
            message = {"role": "assistant", "content": fact_checks.completion(asked)}
            body = {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
            }
            text = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        server.socket.close()
        thread.join()


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


def words(data, url, out, *changes):
    sets = [f"corpus={data / 'corpus.jsonl'}", "detail=false", *changes]
    flags = [w for change in sets for w in ("--set", change)]
    where = ["--data", str(data / "prompts.jsonl"), "--out", str(out)]
    command = [sys.executable, "-m", "superalign", "eval", "longfact", "--model", "openai/m"]
    return [*command, "--base-url", url, *where, *flags, "--json"]


def finished(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_both_modes_find_the_same_and_the_fast_one_asks_a_third(data):
    with endpoint() as (url, requests):
        fast = finished(words(data, url, data / "fast"))
        asked_fast = len(requests)
        slow = finished(words(data, url, data / "slow", "mode=compat"))
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


def killed_after(command, requests, count):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(requests) < count and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("mode", ["fast", "compat"])
def test_a_run_that_is_killed_goes_on_and_loses_no_fact(data, mode):
    changes = (f"mode={mode}", "concurrency=2")
    with endpoint(0.01) as (url, requests):
        alone = finished(words(data, url, data / "alone", *changes))
        wanted = len(requests)
        requests.clear()
        command = words(data, url, data / "killed", *changes)
        killed_after(command, requests, 12)
        assert 12 <= len(requests) < wanted
        assert finished(command) == alone
        assert len(requests) <= wanted + 2
        again = len(requests)
        assert finished(command) == alone
        assert len(requests) == again


def test_recorded_answers_are_rated(data):
    with endpoint() as (url, _):
        first = finished(words(data, url, data / "first"))
        command = words(data, url, data / "second", "rater=openai/m")
        command[command.index("openai/m")] = "responses"
        written = next((data / "first").rglob("responses.json"))
        command[command.index("--data") + 1] = str(written)
        assert finished(command)["facts"] == first["facts"]


JUDGED = """
import json, sys
sys.path.insert(0, TESTS)
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


def test_the_task_of_inspect_scores_as_the_command_does(data, installed):  # noqa: F811
    code = JUDGED.replace("TESTS", repr(str(fact_checks.__file__).rpartition("/")[0]))
    done = ran(code, installed, data)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["status"], found["error"]) == ("success", None)
    scores = {n: found["scores"][n] for n in ("f1", "supported", "unrated")}
    assert scores == pytest.approx({"f1": 0.75, "supported": 6, "unrated": 0})
