"""Losses as pure functions on tensors.

Shape suffixes: B rows, T positions, N positions learnt from, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from superalign.learners.optimise import IGNORED, Batch


def next_token(model: Any, batch: Batch) -> Tensor:
    """Return the weighted mean negative log-likelihood of the target tokens, in nats."""
    hidden_BTD = model.model(input_ids=batch.tokens_BT, attention_mask=batch.mask_BT)[0]
    learnt_BT = batch.targets_BT[:, 1:] != IGNORED
    logits_NV = model.get_output_embeddings()(hidden_BTD[:, :-1][learnt_BT])
    nll_N = F.cross_entropy(logits_NV.float(), batch.targets_BT[:, 1:][learnt_BT], reduction="none")
    weights_N = batch.weights_B[:, None].expand_as(learnt_BT)[learnt_BT]
    return (nll_N * weights_N).sum() / weights_N.sum()


def step_labels(model: Any, batch: Batch) -> Tensor:
    """Return the mean binary cross-entropy of the step scores against 0/1 step labels."""
    logits_BT = model(input_ids=batch.tokens_BT, attention_mask=batch.mask_BT).logits[..., 0]
    learnt_BT = batch.targets_BT != IGNORED
    return F.binary_cross_entropy_with_logits(
        logits_BT[learnt_BT].float(), batch.targets_BT[learnt_BT].float()
    )


def sequence_logprobs(model: Any, batch: Batch) -> Tensor:
    """Return per row the summed log-probability of its target tokens, in nats."""
    logits_BTV = model(input_ids=batch.tokens_BT, attention_mask=batch.mask_BT).logits[:, :-1]
    targets_BT = batch.targets_BT[:, 1:]
    picked_BT = targets_BT.clamp(min=0)[..., None]
    logprobs_BT = torch.log_softmax(logits_BTV.float(), -1).gather(2, picked_BT).squeeze(2)
    return (logprobs_BT * (targets_BT != IGNORED)).sum(1)


def preference(
    margin_B: Tensor, *, beta: float, flipped: float = 0.0, robust: bool = False
) -> Tensor:
    """Return the mean preference loss of log-ratio margins.

    `margin` is [log pi(w) - log ref(w)] - [log pi(l) - log ref(l)] and h = beta * margin. With
    `flipped` = 0 this is DPO, -log sigma(h) (Rafailov et al. 2023, eq. 7). With `flipped` = e, the
    chance that a pair is the wrong way round, it is conservative DPO,
    (1-e) l(h) + e l(-h), or, if `robust`, rDPO, [(1-e) l(h) - e l(-h)] / (1-2e) (Chowdhury et al.
    2024), which is unbiased for the clean loss and needs e < 0.5.
    """
    straight, reverse = -F.logsigmoid(beta * margin_B), -F.logsigmoid(-beta * margin_B)
    if robust:
        return ((1 - flipped) * straight - flipped * reverse).mean() / (1 - 2 * flipped)
    return ((1 - flipped) * straight + flipped * reverse).mean()
