"""Where the steps of a solution end, in tokens: a step is a line.

The end token belongs to the last line, so that stopping too early makes that line unlikely.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any


def reply_tokens(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of model text; text that spells a special token is read as text."""
    return list(tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])


def tokens_and_starts(tokenizer: Any, text: str) -> tuple[list[int], list[int]]:
    """Return the tokens of model text and the character at which each starts.

    Text that spells a special token is read as text.
    """
    encoded = tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
    )
    return list(encoded["input_ids"]), [start for start, _ in encoded["offset_mapping"]]


def ended_lines(tokenizer: Any, text: str) -> tuple[list[int], list[int]]:
    """Return the tokens of a finished solution, end token included, and the last of each line."""
    tokens, starts = tokens_and_starts(tokenizer, text)
    *ends, last = step_ends(text, starts)
    return [*tokens, tokenizer.eos_token_id], [*ends, last + 1]


def step_ends(text: str, starts: Sequence[int]) -> list[int]:
    """Return per line of `text` the index of its last token.

    A line ends with its newline, the last line with the text. Text that ends in a newline has an
    empty last line, which ends where the line before it does.
    """
    ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
    ends[-1] -= 1
    return [bisect_left(starts, end) - 1 for end in ends]
