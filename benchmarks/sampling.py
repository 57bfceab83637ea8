"""256 samples of a prompt: ours against a copy of the prompt a row in batches that never shrink.

The other way is what most evaluation code does: every sample is a row with its own prefill, and a
batch goes on until its last row has ended. Tokens that a row says after its end do not count.
Peak memory is told for N and four times N in fresh processes.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
from collections.abc import Sequence
from typing import Any

from paired import options, ratios, spread, tell
from superalign.policies.local import LocalPolicy
from superalign.recipes.chains.arm import problems
from superalign.records import Message

SAMPLES, ROWS = 256, 256
LEVELS = (3, 8)
LONGEST = 220
TARGET = 4.0


def static(policy: LocalPolicy, prompt: Sequence[int]) -> int:
    """Sample row by row without sharing or compaction; return the tokens up to each row's end."""
    import torch

    torch.manual_seed(0)
    end = policy.tokenizer.eos_token_id
    ids, cache = torch.tensor([list(prompt)] * SAMPLES), None
    going, tokens = torch.ones(SAMPLES, dtype=torch.bool), 0
    with torch.inference_mode():
        for _ in range(LONGEST):
            out: Any = policy.model(input_ids=ids, past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            ids = torch.multinomial(torch.softmax(out.logits[:, -1].float(), -1), 1)
            tokens += int(going.sum())
            going &= ids[:, 0] != end
            if not going.any():
                break
    return tokens


def sampled(policy: LocalPolicy, seen: Sequence[Message], n: int = SAMPLES) -> int:
    return sum(r.tokens or 0 for r in asyncio.run(policy.sample(seen, n=n)))


def peak(organism: str, n: int) -> float:
    """Return the peak resident memory of a process that draws `n` samples, in MiB."""
    policy, seen = LocalPolicy(organism, max_new_tokens=LONGEST, rows=ROWS), asked(LEVELS[-1])
    sampled(policy, seen, n)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def asked(level: int) -> list[Message]:
    (problem,) = problems([level], 1, seed=0)
    return [Message(role="user", text=problem.prompt)]


def main() -> None:
    given = options(__doc__ or "", rounds=3).parse_args()
    policy = LocalPolicy(given.organism, max_new_tokens=LONGEST, rows=ROWS)
    by_level = {}
    for level in LEVELS:
        seen = asked(level)
        prompt = policy.encode(seen)
        scale = sampled(policy, seen) / static(policy, prompt)
        *_, ratio = ratios(
            lambda prompt=prompt: static(policy, prompt),  # type: ignore[misc]  # bound at once
            lambda seen=seen: sampled(policy, seen),  # type: ignore[misc]  # bound at once
            rounds=given.rounds,
        )
        by_level[level] = spread([r * scale for r in ratio])
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(1, maxtasksperchild=1) as processes:
        counts = (SAMPLES, 4 * SAMPLES)
        memory = {n: round(processes.apply(peak, (given.organism, n))) for n in counts}
    tell("sampling", ratio=by_level, target=TARGET, rounds=given.rounds, samples=SAMPLES, rows=ROWS,
         peak_mib=memory)  # fmt: skip


if __name__ == "__main__":
    main()
