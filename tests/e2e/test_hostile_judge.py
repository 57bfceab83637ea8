"""A run whose judge, behind a real HTTP server, refuses, breaks off, babbles, throttles and hangs.

Nothing of that is a failure of the learner, or a pass: it is unscored, for a reason that is named,
and the rate that is left says between which bounds the truth lies.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from superalign.cli import main

pytestmark = pytest.mark.slow

FIRST, PROBLEMS, MANNERS = 16, 16, 8
HONEST, FILTERED, REFUSES, BREAKS_OFF, BABBLES, BROKEN_JSON, THROTTLED, HANGS = range(MANNERS)
REFUSAL = "I'm sorry, but I can't help with that."


def right(a: int) -> bool:
    """Return whether the learner adds `a` to itself rightly: once in every manner of the judge."""
    return (a // MANNERS) % 2 == 0


def honest(a: int, reply: str) -> str:
    answer = reply.split()[-1]
    good = answer == str(2 * a)
    issues = [] if good else [{"quote": answer, "why": "wrong sum", "severity": 3}]
    verdict = "pass" if good else "fail"
    return json.dumps({"issues": issues, "answer": answer, "verdict": verdict, "confidence": 0.9})


class Endpoint(http.server.ThreadingHTTPServer):
    """A learner that adds, and a judge whose manner depends on the problem."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.throttled: set[str] = set()
        self.down, self.over, self.lock = False, threading.Event(), threading.Lock()

    def handle_error(self, *_: object) -> None:
        """Keep quiet when a client hangs up early."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        model, text = asked["model"], asked["messages"][-1]["content"]
        with self.server.lock:
            self.server.asked[model] += 1
        a = int(re.search(r"What is (\d+)\+", json.dumps(asked["messages"]))[1])
        if model == "learner":
            self._say(f"The answer is {2 * a + (not right(a))}")
        elif self.server.down:
            self._error(500)
        else:
            reply = text.split("<reply ")[1].split(">\n", 1)[1].split("\n</reply")[0]
            self._judge(a, reply, json.dumps(asked))

    def _judge(self, a: int, reply: str, request: str) -> None:
        match a % MANNERS:
            case n if n == FILTERED:
                self._say("", "content_filter")
            case n if n == REFUSES:
                self._say(REFUSAL)
            case n if n == BREAKS_OFF:
                self._say(honest(a, reply)[:-9], "length")
            case n if n == BABBLES:
                self._say("What a lovely answer, I would pass it.")
            case n if n == BROKEN_JSON:
                self._say(honest(a, reply).replace('"confidence"', '"sure"'))
            case n if n == THROTTLED and self._first(request):
                self._error(429, {"Retry-After": "0.1"})
            case n if n == HANGS:
                self.server.over.wait(30)
            case _:
                self._say(honest(a, reply))

    def _first(self, request: str) -> bool:
        with self.server.lock:
            new = request not in self.server.throttled
            self.server.throttled.add(request)
        return new

    def _say(self, text: str, finish: str = "stop") -> None:
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "finish_reason": finish, "message": message}]
        usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
        form = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        self._send(200, {**form, "choices": choices, "usage": usage})

    def _error(self, status: int, headers: dict[str, str] | None = None) -> None:
        self._send(status, {"error": {"message": "not now"}}, headers)

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def words(endpoint: Endpoint, tmp_path: Path) -> list[str]:
    file = tmp_path / "sums.jsonl"
    # Both problems of a manner stand together, so that the judge hangs in one chunk alone.
    numbers = sorted(range(FIRST, FIRST + PROBLEMS), key=lambda a: a % MANNERS)
    rows = [{"question": f"What is {a}+{a}?", "answer": str(2 * a)} for a in numbers]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    models = ["--learner", "openai/learner", "--critic", "openai/judge"]
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/v1"
    changes = ["samples=1", "looks=1", "retries=1", "timeout=5"]
    sets = [word for change in changes for word in ("--set", change)]
    out = ["--out", str(tmp_path / "run"), "--json"]
    return ["run", "--problems", str(file), *models, "--base-url", url, *sets, *out]


def test_what_a_judge_does_not_say_is_unscored_by_kind_and_the_bounds_hold_the_truth(words, capsys):
    assert main(words) == 0
    summary = json.loads(capsys.readouterr().out)
    found = summary["passed"]["given"]
    each = PROBLEMS // MANNERS
    assert found["unscored"] == {
        "judge_refused": 2 * each,
        "judge_timeout": each,
        "judge_truncated": each,
        "unreadable": 2 * each,
    }
    assert found["pass_rate"]["n"] == 2 * each
    assert found["pass_rate"]["rate"] == 0.5
    truth = summary["gold_accuracy"]["start"]["rate"]
    assert truth == 0.5
    assert found["bounds"] == {"worst": each / PROBLEMS, "best": (PROBLEMS - each) / PROBLEMS}
    assert found["bounds"]["worst"] <= truth <= found["bounds"]["best"]
    assert summary["critic_error"]["accuracy"]["rate"] == 1.0
    assert summary["critic_error"]["unscored"]["critic"] == PROBLEMS - 2 * each
    assert summary["revisions"]["n"] == each


def test_a_run_whose_judge_goes_down_goes_on_with_the_same_command(words, endpoint, capsys):
    endpoint.down = True
    assert main(words) == 2
    assert "openai/judge: no usable answer" in capsys.readouterr().err
    answers = endpoint.asked["learner"]
    assert answers > 0
    endpoint.down = False
    assert main(words) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["passed"]["given"]["pass_rate"]["n"] == 2 * PROBLEMS // MANNERS
    # What the learner had answered was kept; the rest, and the revisions, were asked once.
    assert endpoint.asked["learner"] == PROBLEMS + summary["revisions"]["n"]
