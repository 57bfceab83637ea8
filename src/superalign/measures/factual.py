"""How factual and how complete a long answer is, from counts of its facts."""

from __future__ import annotations

DEFAULT = -1
"""What published result files write for `PUBLISHED_DEFAULT` in the name of a measure."""
PUBLISHED_DEFAULT = 100


def f1_at_k(supported: int, not_supported: int, k: int) -> float:
    """Return F1@K in [0, 1]: precision over rated facts, and recall of `k` supported facts.

    Source: Wei et al. (2024), "Long-form factuality in large language models", section 5, with
    K = 64 and K = 178 there. Facts that are beside the question are in neither count. Without a
    supported fact it is 0.

    Args:
        supported: Facts found supported.
        not_supported: Facts found not supported.
        k: Supported facts that a reader wants; -1 is 100, as in published files.

    Raises:
        ValueError: If a count is negative or `k` is not positive.
    """
    k = PUBLISHED_DEFAULT if k == DEFAULT else k
    if supported < 0 or not_supported < 0 or k <= 0:
        raise ValueError(f"F1@{k} of {supported} supported and {not_supported} other facts")
    if not supported:
        return 0.0
    precision = supported / (supported + not_supported)
    recall = min(1.0, supported / k)
    return 2 * precision * recall / (precision + recall)
