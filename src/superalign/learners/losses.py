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
    hidden_BTD = model.base_model(input_ids=batch.tokens_BT, attention_mask=batch.mask_BT)[0]
    learnt_BT = batch.targets_BT[:, 1:] != IGNORED
    logits_NV = model.get_output_embeddings()(hidden_BTD[:, :-1][learnt_BT])
    nll_N = F.cross_entropy(logits_NV.float(), batch.targets_BT[:, 1:][learnt_BT], reduction="none")
    weights_N = batch.weights_B[:, None].expand_as(learnt_BT)[learnt_BT]
    return (nll_N * weights_N).sum() / weights_N.sum()


def line_labels(model: Any, batch: Batch) -> Tensor:
    """Return the mean binary cross-entropy of the line scores against 0/1 line labels.

    A target is 2 * line + label at every token of a labelled line. The score of a line is
    a * log p(line) + b, with (a, b) the model's `line_scale`.
    """
    logprobs_BT = token_logprobs(model, batch.tokens_BT, batch.mask_BT)
    targets_BT = batch.targets_BT[:, 1:]
    learnt_BT = targets_BT != IGNORED
    row_BT = torch.arange(len(targets_BT), device=targets_BT.device)[:, None].expand_as(targets_BT)
    keys = torch.stack([row_BT[learnt_BT], targets_BT[learnt_BT]])
    (_, targets_L), line_N = torch.unique(keys, dim=1, return_inverse=True)
    sums_L = torch.zeros(len(targets_L), device=logprobs_BT.device)
    sums_L = sums_L.index_add(0, line_N, logprobs_BT[learnt_BT])
    slope, offset = model.line_scale
    return F.binary_cross_entropy_with_logits(slope * sums_L + offset, (targets_L % 2).float())


def token_logprobs(model: Any, tokens_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return log p(token t+1 | tokens up to t), in nats; one position shorter than the tokens."""
    logits_BTV = model(input_ids=tokens_BT, attention_mask=mask_BT).logits[:, :-1].float()
    return torch.log_softmax(logits_BTV, -1).gather(2, tokens_BT[:, 1:, None]).squeeze(2)


def sequence_logprobs(model: Any, batch: Batch) -> Tensor:
    """Return per row the summed log-probability of its target tokens, in nats."""
    logprobs_BT = token_logprobs(model, batch.tokens_BT, batch.mask_BT)
    return (logprobs_BT * (batch.targets_BT[:, 1:] != IGNORED)).sum(1)
