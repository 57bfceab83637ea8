"""What a choice among options is worth, from what was said or from how likely each option is.

Classes are numbered; None is an answer that names none of them, which is wrong for every class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Pairs = Sequence[tuple[int, int | None]]
"""The right class of each item, and the class that was said."""


def option_chances(logprobs: Sequence[float]) -> list[float]:
    """Return the chance of each option among the options, from log-probabilities in nats."""
    highest = max(logprobs)
    weights = [math.exp(x - highest) for x in logprobs]
    total = math.fsum(weights)
    return [w / total for w in weights]


def likeliest(logprobs: Sequence[float], lengths: Sequence[int] | None = None) -> int:
    """Return the index of the likeliest option, the first of equals.

    With `lengths`, in characters, the log-probability per character decides: the `acc_norm` of
    lm-evaluation-harness. One of length 0 counts as one character.
    """
    by = lengths or [1] * len(logprobs)
    scores = [x / max(1, n) for x, n in zip(logprobs, by, strict=True)]
    return scores.index(max(scores))


def true_mass(logprobs: Sequence[float], right: Sequence[int]) -> float:
    """Return the chance of all right options together: MC2 of TruthfulQA (arXiv 2109.07958)."""
    chances = option_chances(logprobs)
    return math.fsum(chances[i] for i in right)


def balanced_accuracy(pairs: Pairs) -> float | None:
    """Return the mean over the classes there are of the share that is found; None without any."""
    classes = sorted({gold for gold, _ in pairs})
    return _mean([_recall(pairs, c) for c in classes])


def macro_f1(pairs: Pairs) -> float | None:
    """Return the mean over the classes there are of F1; None without any."""
    return _mean([_f1(pairs, c) for c in sorted({gold for gold, _ in pairs})])


def _recall(pairs: Pairs, of: int) -> float:
    own = [said == of for gold, said in pairs if gold == of]
    return sum(own) / len(own)


def _f1(pairs: Pairs, of: int) -> float:
    hits = sum(gold == of == said for gold, said in pairs)
    named = sum(said == of for _, said in pairs)
    there = sum(gold == of for gold, _ in pairs)
    return 2 * hits / (named + there)


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
