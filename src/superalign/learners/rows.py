"""Moves and judged solutions as training rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from superalign.learners.optimise import IGNORED, Row
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import ended_lines
from superalign.records import Example, Message, Move


def reply_row(policy: LocalPolicy, move: Move, weight: float = 1.0, flipped: float = 0.0) -> Row:
    """Return a row that learns the reply, its end token included, and not what was seen."""
    prompt = policy.encode(move.seen)
    said = reply_tokens(policy.tokenizer, move.reply.text)
    if move.reply.stop == "end":
        said = [*said, policy.tokenizer.eos_token_id]
    return Row([*prompt, *said], [IGNORED] * len(prompt) + said, weight, flipped)


def credited_row(policy: LocalPolicy, example: Example) -> Row:
    """Return `reply_row` with a weight per token: that of its line, or of the whole reply.

    Raises:
        ValueError: If the example has weights of lines, and not one of each.
    """
    row = reply_row(policy, example.move, example.weight)
    said = sum(t != IGNORED for t in row.targets)
    if not example.lines:
        return replace(row, credits=[0.0] * (len(row.tokens) - said) + [example.weight] * said)
    _, ends = ended_lines(policy.tokenizer, example.move.reply.text)
    credits = [0.0] * (len(row.tokens) - said)
    for end, weight in zip(ends, example.lines, strict=True):
        credits += [weight] * (len(row.tokens) - said + end + 1 - len(credits))
    return replace(row, credits=credits[: len(row.tokens)])


def named(examples: Iterable[Example]) -> list[Any]:
    """Return all that a learner reads of examples, by which it names the checkpoint it makes."""
    return [
        [e.move.seen, e.move.reply.text, e.move.reply.stop, e.weight, e.flipped, *e.lines]
        for e in examples
    ]


def reply_tokens(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of model text; text that spells a special token is read as text."""
    return list(tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])


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
