"""Policy-gradient losses as pure functions on tensors. Shape suffixes: B rows, T positions."""

from __future__ import annotations

import torch
from torch import Tensor


def k3(now: Tensor, reference: Tensor) -> Tensor:
    """Return exp(d) - d - 1, d = log ref - log pi: an unbiased, never negative estimate of KL.

    Of tokens sampled from pi, KL(pi, ref) in nats (Schulman 2020, "Approximating KL divergence").
    """
    d = reference - now
    return torch.exp(d) - d - 1


def clipped(
    now: Tensor, old: Tensor, advantage: Tensor, *, low: float = 0.2, high: float = 0.28
) -> Tensor:
    """Return -min(rho A, clip(rho, 1 - low, 1 + high) A), rho = pi / pi_old, per token.

    Schulman et al. (2017), arXiv 1707.06347, eq. 7; the wider upper side is DAPO's (arXiv
    2503.14476, eq. 10).
    """
    rho = torch.exp(now - old)
    return -torch.minimum(rho * advantage, rho.clamp(1 - low, 1 + high) * advantage)


def token_mean(loss_BT: Tensor, learnt_BT: Tensor, length: int | None = None) -> Tensor:
    """Return the sum over learnt tokens by their number, or by rows * `length` where given.

    The first is DAPO's normaliser. The second is Dr.GRPO's: a constant, so that a long wrong
    answer is not punished less per token than a short one.
    """
    total = (loss_BT * learnt_BT).sum()
    return total / (learnt_BT.sum().clamp(min=1) if length is None else len(loss_BT) * length)
