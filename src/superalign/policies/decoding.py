"""Sampling from a causal language model, a batch at a time.

Shape suffixes: P prompts, B rows (P prompts times n samples), T positions, V vocabulary.

A row's text depends on its own seed, not on who shares the batch: each row carries its own stream
of uniform numbers, one a token, and picks by inverse transform. The prompts are prefilled once
and their cache is repeated for the `n` samples; rows that have ended leave the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from superalign.policies.cache import make_room

COMPACT_BELOW = 0.75
"""Ended rows are dropped once fewer than this share of the batch is still speaking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How to pick the next token."""

    temperature: float = 1.0
    """0 picks the likeliest token."""
    top_p: float = 1.0
    max_new_tokens: int = 256


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt's tokens and a seed per sample wanted."""

    tokens: Sequence[int]
    seeds: Sequence[int]
    stop: frozenset[int] = frozenset()
    """Tokens after which a sample stops, the token said."""


@dataclass(slots=True)
class Sample:
    """What one row said."""

    tokens: list[int]
    """Without the end token."""
    logprob: float
    """Sum over the tokens and the end token, at temperature 1, in nats."""
    ended: bool
    """Whether the end token was reached before `max_new_tokens`."""
    stopped: bool = False
    """Whether the last token is one that the prompt stops at."""


@torch.inference_mode()
def decode(
    model: Any, prompts: Sequence[Prompt], sampling: Sampling, *, end: Sequence[int], pad: int
) -> list[list[Sample]]:
    """Return the samples of each prompt, in the order of its seeds."""
    rows = _Rows(model, prompts, sampling, frozenset(end), pad)
    for _ in range(sampling.max_new_tokens):
        if not rows.step():
            break
    samples = iter(rows.samples)
    return [[next(samples) for _ in prompt.seeds] for prompt in prompts]


class _Rows:
    """The rows of one batch that are still speaking."""

    def __init__(
        self,
        model: Any,
        prompts: Sequence[Prompt],
        sampling: Sampling,
        end: frozenset[int],
        pad: int,
    ) -> None:
        self.model, self.sampling, self.end = model, sampling, end
        repeats = torch.tensor([len(p.seeds) for p in prompts])
        self.stops = [p.stop for p in prompts for _ in p.seeds]
        self.uniforms_BT = _uniforms([s for p in prompts for s in p.seeds], sampling)
        self.samples = [Sample([], 0.0, False) for _ in range(len(self.uniforms_BT))]
        self.alive = torch.arange(len(self.samples))
        self.spoken = 0
        self.mask_BT, self.logits_BV = self._prefill(prompts, pad)
        if int(repeats.max()) > 1 or len(repeats) != len(self.samples):
            self._select(torch.repeat_interleave(torch.arange(len(prompts)), repeats))

    def _prefill(self, prompts: Sequence[Prompt], pad: int) -> tuple[Tensor | None, Tensor]:
        longest = max(len(p.tokens) for p in prompts)
        device = self.model.device
        ids = [[pad] * (longest - len(p.tokens)) + list(p.tokens) for p in prompts]
        mask = [[0] * (longest - len(p.tokens)) + [1] * len(p.tokens) for p in prompts]
        mask_PT = torch.tensor(mask, device=device)
        positions_PT = (mask_PT.cumsum(1) - 1).clamp(min=0)
        self.next_position_B = positions_PT[:, -1:] + 1
        out = self.model(
            input_ids=torch.tensor(ids, device=device),
            attention_mask=mask_PT,
            position_ids=positions_PT,
            use_cache=True,
            logits_to_keep=1,
        )
        self.cache = out.past_key_values
        make_room(self.cache)
        return (None if bool(mask_PT.all()) else mask_PT), out.logits[:, -1].float()

    def _select(self, rows: Tensor) -> None:
        """Keep (or repeat) the given rows of everything that is per row."""
        rows = rows.to(self.model.device)
        self.cache.batch_select_indices(rows)
        self.next_position_B = self.next_position_B[rows]
        self.logits_BV = self.logits_BV[rows]
        if self.mask_BT is not None:
            self.mask_BT = self.mask_BT[rows]

    def step(self) -> bool:
        """Say one more token in every row; return whether any row goes on."""
        picked = self._pick()
        going = self._store(picked)
        self.spoken += 1
        if not going.any():
            return False
        if going.float().mean() < COMPACT_BELOW:
            keep = going.nonzero().squeeze(1)
            self._select(keep)
            self.alive, picked = self.alive[keep], picked[keep]
        self._forward(picked)
        return True

    def _forward(self, picked_B: Tensor) -> None:
        if self.mask_BT is not None:
            one = self.mask_BT.new_ones((len(self.mask_BT), 1))
            self.mask_BT = torch.cat([self.mask_BT, one], dim=1)
        out = self.model(
            input_ids=picked_B[:, None].to(self.model.device),
            attention_mask=self.mask_BT,
            position_ids=self.next_position_B,
            past_key_values=self.cache,
            use_cache=True,
        )
        self.next_position_B = self.next_position_B + 1
        self.logits_BV = out.logits[:, -1].float()

    def _pick(self) -> Tensor:
        if self.sampling.temperature == 0:
            return self.logits_BV.argmax(dim=1).cpu()
        probs_BV = torch.softmax(self.logits_BV / self.sampling.temperature, dim=1)
        if self.sampling.top_p < 1:
            probs_BV = _nucleus(probs_BV, self.sampling.top_p)
        cumulative_BV = probs_BV.double().cumsum(dim=1)
        point_B = self.uniforms_BT[self.alive, self.spoken].to(cumulative_BV.device)
        point_B = point_B * cumulative_BV[:, -1]
        picked = torch.searchsorted(cumulative_BV, point_B[:, None], right=True).squeeze(1)
        return picked.clamp(max=probs_BV.shape[1] - 1).cpu()

    def _store(self, picked_B: Tensor) -> Tensor:
        """Write the tokens down; return which rows go on."""
        logprobs_BV = torch.log_softmax(self.logits_BV, dim=1).cpu()
        said = logprobs_BV.gather(1, picked_B[:, None]).squeeze(1).tolist()
        going = torch.ones(len(picked_B), dtype=torch.bool)
        for i, (row, token, logprob) in enumerate(
            zip(self.alive.tolist(), picked_B.tolist(), said, strict=True)
        ):
            sample = self.samples[row]
            if not (sample.ended or sample.stopped):
                sample.logprob += logprob
                sample.ended = token in self.end
                sample.stopped = not sample.ended and token in self.stops[row]
                if not sample.ended:
                    sample.tokens.append(token)
            going[i] = not (sample.ended or sample.stopped)
        return going


def _uniforms(seeds: Sequence[int], sampling: Sampling) -> Tensor:
    """Return one uniform number per row and token; greedy picking needs none."""
    if sampling.temperature == 0:
        return torch.empty(len(seeds), 0)
    draws = [np.random.default_rng(seed).random(sampling.max_new_tokens) for seed in seeds]
    return torch.from_numpy(np.stack(draws))


def _nucleus(probs_BV: Tensor, top_p: float) -> Tensor:
    """Zero all but the smallest set of tokens that holds `top_p` of the mass."""
    ordered, order = probs_BV.sort(dim=1, descending=True)
    beyond = ordered.cumsum(dim=1) - ordered >= top_p
    beyond[:, 0] = False
    return probs_BV.masked_fill(beyond.scatter(1, order, beyond), 0.0)
