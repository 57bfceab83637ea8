"""SAFE's fast mode against its published shape: calls per relevant fact and seconds of waiting.

Both rate the same answers with one scripted rater behind an OpenAI-compatible server on loopback,
in a process of its own, that takes a fixed time for every reply; searches go over a corpus. Seconds
are those of a clock, since what the fast mode saves is waiting.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from paired import options, spread, tell

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fact_checks import QUESTION, SUPPORTED, answer, completion, truth
from superalign.critics.factuality import Fast, Rated, Serial
from superalign.critics.factuality.rated import cost
from superalign.critics.factuality.search.bm25 import Bm25
from superalign.critics.factuality.search.corpus import Corpus, Local
from superalign.critics.together import together
from superalign.policies.remote import RemotePolicy

CALLS, TIMES = 3, 10
"""Targets: calls per relevant fact at most, and how many times shorter at least."""
AT_A_TIME, CONCURRENCY = 25, 64
"""Answers that the published code works on at a time, and our calls in flight."""


def serve(latency: float, port: Connection) -> None:
    """Answer as the scripted rater does, each time after `latency` seconds."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            begin = time.perf_counter()
            text = json.dumps(reply(asked)).encode()
            time.sleep(max(0.0, latency - (time.perf_counter() - begin)))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.request_queue_size = 128
    port.send(server.server_port)
    server.serve_forever()


def reply(asked: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": completion(asked)}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
    }


def main() -> None:
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds of every reply")
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--facts", type=int, default=30, help="facts of an answer")
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(given.latency, theirs), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ours.recv()}/v1"
    cities = [f"City{i}" for i in range(given.answers)]
    towers = range(1, given.facts + 1)
    facts = [f"{c} has tower{n}." for c in cities for n in towers]
    known = [f"It is known that {f}" for f in facts if truth(f) == SUPPORTED]
    search = Local(Bm25(Corpus(known)))

    def rated(kind: type[Fast] | type[Serial], concurrency: int) -> tuple[list[Rated], float]:
        policy = RemotePolicy("openai/m", base_url=url, concurrency=concurrency)
        rater = kind(policy, search)
        asked = [(QUESTION.format(city=c), answer(c, towers, 4)) for c in cities]

        async def work() -> list[Rated]:
            places = asyncio.Semaphore(AT_A_TIME if kind is Serial else len(asked))

            async def one(prompt: str, response: str) -> Rated:
                async with places:
                    return await rater.rate(prompt, response)

            return await together(one(*pair) for pair in asked)

        begin = time.perf_counter()
        found = asyncio.run(work())
        return found, time.perf_counter() - begin

    rounds = [(rated(Fast, CONCURRENCY), rated(Serial, AT_A_TIME)) for _ in range(given.rounds)]
    server.terminate()
    (fast, _), (slow, _) = rounds[0]
    same = [f.annotation for r in fast for f in r.facts] == [
        f.annotation for r in slow for f in r.facts
    ]
    tell(
        "factuality",
        times_shorter=spread([b[1] / a[1] for a, b in rounds]),
        target=TIMES,
        fast_seconds=spread([a[1] for a, _ in rounds]),
        published_seconds=spread([b[1] for _, b in rounds]),
        calls_per_relevant_fact=round(cost(fast)["calls_per_relevant_fact"] or 0, 3),
        published_calls_per_relevant_fact=round(cost(slow)["calls_per_relevant_fact"] or 0, 3),
        target_calls=CALLS,
        same_verdicts=same,
        answers=given.answers,
        facts=sum(len(r.facts) for r in fast),
        latency=given.latency,
        rounds=given.rounds,
    )


if __name__ == "__main__":
    main()
