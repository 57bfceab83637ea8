"""Chat models behind a real endpoint in both seats of the prover-verifier game."""

import asyncio
import json

from test_remote import completion, endpoint, policy_at

from superalign.games.prover_verifier import (
    BRIEFS,
    JUDGE,
    PROVER,
    VERIFIER,
    ProverVerifier,
    convinced,
)
from superalign.games.table import Seat
from superalign.records import Outcome, Problem

PROBLEM = Problem.of("What is 2 + 2?")


def chats(asked, i):
    told = asked["messages"][0]["content"]
    if told == JUDGE:
        right = "so 4" in asked["messages"][1]["content"]
        return completion(json.dumps({"why": "I added", "right": right}))
    return completion("so 5" if told == BRIEFS["sneaky"] else "so 4")


def test_any_chat_model_plays_either_seat_over_http():
    with endpoint(chats) as (url, requests):
        seats = {PROVER: Seat(policy=policy_at(url)), VERIFIER: Seat(policy=policy_at(url))}

        async def play():
            games = [ProverVerifier(role) for role in ("helpful", "sneaky")]
            return [await game.play(PROBLEM, seats, n=2, seed=1) for game in games]

        helpful, sneaky = asyncio.run(play())
    assert [convinced(e).outcome for e in helpful] == [Outcome.PASS] * 2
    assert [convinced(e).outcome for e in sneaky] == [Outcome.FAIL] * 2
    roles = [[m["role"] for m in asked["messages"]] for asked in requests]
    assert roles == [["system", "user"]] * 8
    judged = [a["messages"] for a in requests if a["messages"][0]["content"] == JUDGE]
    assert len(judged) == 4
    assert not any("sneaky" in m["content"] for asked in judged for m in asked)
