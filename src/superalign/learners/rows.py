"""Moves and judged solutions as training rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from superalign.learners.optimise import IGNORED, Row
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import step_ends, tokens_and_starts
from superalign.records import Message, Move


def reply_row(policy: LocalPolicy, move: Move, weight: float = 1.0) -> Row:
    """Return a row that learns the reply, its end token included, and not what was seen."""
    prompt = policy.encode(move.seen)
    said = reply_tokens(policy.tokenizer, move.reply.text)
    if move.reply.stop == "end":
        said = [*said, policy.tokenizer.eos_token_id]
    return Row([*prompt, *said], [IGNORED] * len(prompt) + said, weight)


def reply_tokens(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of model text; text that spells a special token is read as text."""
    return list(
        tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    )


def step_row(
    policy: LocalPolicy, seen: Sequence[Message], text: str, labels: Mapping[int, bool], *, at: int = -1
) -> Row:
    """Return a row that learns whether each labelled line is right.

    Every token of a right line is a prefix of something right, so all of them learn. Of a wrong
    line only the end is known to be wrong, unless `at` says at which character it went wrong: then
    the tokens before it are right and those from it on are wrong.
    """
    prompt = policy.encode(seen)
    tokens, starts = tokens_and_starts(policy.tokenizer, text)
    targets = [IGNORED] * (len(prompt) + len(tokens))
    begin = 0
    for line, end in enumerate(step_ends(text, starts)):
        if line in labels:
            wrong_from = end if at < 0 else bisect_left(starts, at)
            for i in range(begin, end + 1):
                if labels[line] or i < wrong_from and at >= 0:
                    targets[len(prompt) + i] = 1
                elif i >= wrong_from:
                    targets[len(prompt) + i] = 0
        begin = end + 1
    return Row([*prompt, *tokens], targets)
