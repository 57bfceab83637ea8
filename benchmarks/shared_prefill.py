"""64 samples of one prompt in one call against 64 calls: tokens per CPU second, as a ratio."""

from __future__ import annotations

import asyncio

from paired import options, ratios, spread, tell
from superalign.policies.local import LocalPolicy
from superalign.recipes.chains.arm import problems
from superalign.records import Message, Reply

SAMPLES = 64
LEVEL = 5
TARGET = 3.0


def main() -> None:
    given = options(__doc__ or "", rounds=5).parse_args()
    policy = LocalPolicy(given.organism, max_new_tokens=220)
    (problem,) = problems([LEVEL], 1, seed=0)
    seen = [Message(role="user", text=problem.prompt)]

    async def separately() -> list[Reply]:
        return [(await policy.sample(seen, seed=i))[0] for i in range(SAMPLES)]

    def one_by_one() -> int:
        return sum(reply.tokens or 0 for reply in asyncio.run(separately()))

    def together() -> int:
        return sum(r.tokens or 0 for r in asyncio.run(policy.sample(seen, n=SAMPLES)))

    tokens = {"separate": one_by_one(), "together": together()}
    separate_s, together_s, ratio = ratios(one_by_one, together, rounds=given.rounds)
    scale = tokens["together"] / tokens["separate"]
    tell(
        "shared_prefill",
        ratio=spread([r * scale for r in ratio]),
        target=TARGET,
        rounds=given.rounds,
        samples=SAMPLES,
        tokens=tokens,
        tokens_per_second={
            "separate": spread([tokens["separate"] / s for s in separate_s]),
            "together": spread([tokens["together"] / s for s in together_s]),
        },
    )


if __name__ == "__main__":
    main()
