"""Scoring many samples of a problem with what they share read once against a forward per row.

Both sides score the same samples with the same weights. The rows by themselves are read in batches
of like length, padded, equal ones as often as they were drawn; the shared ones as prefix trees, in
which equal samples are one. The largest difference between two scores is told beside the ratio.
"""

from __future__ import annotations

import asyncio

import torch

from paired import options, ratios, spread, tell
from superalign.policies import step_scores
from superalign.policies.batching import by_length
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import ended_lines
from superalign.recipes.chains.arm import problems
from superalign.records import Message, Reply

TOKENS_PER_BATCH = 16384
LEVELS = range(1, 7)
TARGET = 4.0


def main() -> None:
    parser = options(__doc__ or "", rounds=3)
    parser.add_argument("--samples", type=int, default=256, help="a problem")
    parser.add_argument("--problems", type=int, default=32, help="of levels 1 to 6 in turn")
    given = parser.parse_args()
    policy = LocalPolicy(given.organism, max_new_tokens=220)
    rows = drawn(policy, given.problems, given.samples)

    def apart() -> list[list[float]]:
        return row_by_row(policy, rows)

    def shared() -> list[list[float]]:
        return step_scores.score(policy.model, rows, tokens_per_batch=TOKENS_PER_BATCH)

    pairs = zip(apart(), shared(), strict=True)
    off = max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
    _, trees = step_scores.shared(policy.model, [tokens for tokens, _ in rows])
    _, _, ratio = ratios(apart, shared, rounds=given.rounds)
    tell(
        "prefix_sharing",
        ratio=spread(ratio),
        target=TARGET,
        rounds=given.rounds,
        rows=len(rows),
        distinct=len({tuple(tokens) for tokens, _ in rows}),
        tokens=sum(len(tokens) for tokens, _ in rows),
        tokens_read=sum(len(t.tokens) for t in trees),
        largest_difference=off,
    )


def drawn(policy: LocalPolicy, n: int, samples: int) -> list[step_scores.Row]:
    """Return the rows of finished samples, all problems together."""
    per_level = -(-n // len(LEVELS))
    asked = [
        p
        for group in zip(*(problems([x], per_level, seed=x) for x in LEVELS), strict=True)
        for p in group
    ]
    return [
        row for i, p in enumerate(asked[:n]) for row in of_problem(policy, p.prompt, samples, i)
    ]


def of_problem(policy: LocalPolicy, prompt: str, n: int, seed: int) -> list[step_scores.Row]:
    seen = [Message(role="user", text=prompt)]
    replies: list[Reply] = asyncio.run(policy.sample(seen, n=n, seed=seed))
    begun, rows = policy.encode(seen), []
    for reply in replies:
        if reply.stop == "end" and reply.text:
            tokens, ends = ended_lines(policy.tokenizer, reply.text)
            rows.append(([*begun, *tokens], [len(begun) + e for e in (-1, *ends)]))
    return rows


def row_by_row(policy: LocalPolicy, rows: list[step_scores.Row]) -> list[list[float]]:
    """Score every row by its own full forward."""
    found: dict[int, list[float]] = {}
    slope, offset = step_scores.UNTRAINED
    for batch in by_length([len(tokens) for tokens, _ in rows], TOKENS_PER_BATCH):
        shown = [rows[i] for i in batch]
        longest = max(len(tokens) for tokens, _ in shown)
        ids = torch.tensor([[*t, *[0] * (longest - len(t))] for t, _ in shown])
        with torch.inference_mode():
            logits = policy.model(input_ids=ids).logits[:, :-1].float()
            said = torch.log_softmax(logits, -1).gather(2, ids[:, 1:, None]).squeeze(2)
            so_far = torch.nn.functional.pad(said.double().cumsum(1), (1, 0))
        for i, sums, (_, ends) in zip(batch, so_far, shown, strict=True):
            found[i] = torch.sigmoid(slope * sums[ends].diff() + offset).tolist()
    return [found[i] for i in range(len(rows))]


if __name__ == "__main__":
    main()
