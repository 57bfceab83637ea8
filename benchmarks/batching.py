"""Dynamic batching against one batch made by hand: tokens per CPU second, as a ratio.

256 problems of mixed levels are asked for by 256 concurrent requests, and decoded as one batch of
256 rows. Prompts, seeds and hence tokens are the same on both sides.
"""

from __future__ import annotations

import asyncio

from paired import options, ratios, spread, tell
from superalign.policies.decoding import Prompt, decode
from superalign.policies.local import LocalPolicy
from superalign.recipes.chains.arm import problems
from superalign.records import Message, Reply, seed_of

ROWS = 256
TARGET = 0.9


def main() -> None:
    given = options(__doc__ or "", rounds=7).parse_args()
    policy = LocalPolicy(given.organism, max_new_tokens=220, rows=ROWS)
    shown = [[Message(role="user", text=p.prompt)] for p in problems(range(1, 9), 32, seed=0)]
    prompts = [Prompt(policy.encode(seen), [seed_of(i, 0)]) for i, seen in enumerate(shown)]
    end, pad = [policy.tokenizer.eos_token_id], policy.tokenizer.pad_token_id

    async def requests() -> list[list[Reply]]:
        return await asyncio.gather(*(policy.sample(s, seed=i) for i, s in enumerate(shown)))

    def dynamic() -> list[int]:
        return [reply.tokens or 0 for (reply,) in asyncio.run(requests())]

    def by_hand() -> list[int]:
        found = decode(policy.model, prompts, policy.sampling, end=end, pad=pad)
        return [len(sample.tokens) + sample.ended for (sample,) in found]

    tokens = sum(by_hand())
    assert sum(dynamic()) == tokens, "both sides must say the same"
    _, dynamic_s, ratio = ratios(by_hand, dynamic, rounds=given.rounds)
    tell(
        "batching",
        ratio=spread(ratio),
        target=TARGET,
        rounds=given.rounds,
        rows=len(prompts),
        tokens=tokens,
        tokens_per_second=spread([tokens / s for s in dynamic_s]),
    )


if __name__ == "__main__":
    main()
