"""Moves and judged solutions as training rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from superalign.learners.optimise import IGNORED, Row
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import ended_lines, reply_tokens
from superalign.records import Example, Message, Move


def reply_row(policy: LocalPolicy, move: Move, weight: float = 1.0, flipped: float = 0.0) -> Row:
    """Return a row that learns the reply, its end token included, and not what was seen."""
    prompt = policy.encode(move.seen)
    said = reply_tokens(policy.tokenizer, move.reply.text)
    if move.reply.stop == "end":
        said = [*said, policy.tokenizer.eos_token_id]
    return Row([*prompt, *said], [IGNORED] * len(prompt) + said, weight, flipped)


def named(examples: Iterable[Example]) -> list[Any]:
    """Return all that a learner reads of examples, by which it names the checkpoint it makes."""
    return [
        [e.move.seen, e.move.reply.text, e.move.reply.stop, e.weight, e.flipped] for e in examples
    ]


def line_row(
    policy: LocalPolicy, seen: Sequence[Message], text: str, labels: Mapping[int, bool]
) -> Row:
    """Return a row in which every token of a labelled line carries 2 * line + label.

    The end token belongs to the last line.
    """
    prompt = policy.encode(seen)
    tokens, ends = ended_lines(policy.tokenizer, text)
    targets = [IGNORED] * (len(prompt) + len(tokens))
    begin = len(prompt)
    for line, end in enumerate(ends):
        after = len(prompt) + end + 1
        if line in labels:
            targets[begin:after] = [2 * line + labels[line]] * (after - begin)
        begin = after
    return Row([*prompt, *tokens], targets)
