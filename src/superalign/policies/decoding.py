"""Sampling from a causal language model, a batch at a time.

Shape suffixes: P prompts, S samples still speaking, B rows, T positions, V vocabulary.

A sample's text depends on its own seed, not on who shares the batch: each carries its own stream
of uniform numbers, one a token, and picks by inverse transform. Samples of a prompt that have said
the same so far are one row of the batch, which splits where they part; a confident model says few
things in many samples. Rows that nobody speaks any more leave the batch.
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
"""Rows that have ended are dropped once fewer than this share of the batch still speaks."""


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
    """What was said with one seed."""

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
    """The samples of one batch that are still speaking, and the rows that they share."""

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
        self.uniforms_ST = _uniforms([s for p in prompts for s in p.seeds], sampling)
        self.samples = [Sample([], 0.0, False) for _ in range(len(self.uniforms_ST))]
        self.alive_S = torch.arange(len(self.samples))
        self.row_S = torch.repeat_interleave(torch.arange(len(prompts)), repeats)
        self.spoken = 0
        self.mask_BT, self.logits_BV = self._prefill(prompts, pad)

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

    def step(self) -> bool:
        """Say one more token in every sample; return whether any goes on."""
        picked_S = self._pick()
        going_S = self._store(picked_S)
        self.spoken += 1
        if not going_S.any():
            return False
        self.alive_S, self.row_S = self.alive_S[going_S], self.row_S[going_S]
        self._forward(self._parted(picked_S[going_S]))
        return True

    def _parted(self, picked_S: Tensor) -> Tensor:
        """Split rows whose samples picked different tokens; return the token that each row says.

        As long as none splits, rows that have ended stay until they are many.
        """
        rows, width = self.logits_BV.shape
        said, shared_S = torch.unique(self.row_S * width + picked_S, return_inverse=True)
        row_B, token_B = said // width, said % width
        if len(row_B.unique()) == len(row_B) >= COMPACT_BELOW * rows:
            kept_B = torch.zeros(rows, dtype=torch.long)
            kept_B[row_B] = token_B
            return kept_B
        self._select(row_B)
        self.row_S = shared_S
        return token_B

    def _select(self, rows: Tensor) -> None:
        """Keep (or repeat) the given rows of everything that is per row."""
        rows = rows.to(self.model.device)
        self.cache.batch_select_indices(rows)
        self.next_position_B = self.next_position_B[rows]
        if self.mask_BT is not None:
            self.mask_BT = self.mask_BT[rows]

    def _forward(self, token_B: Tensor) -> None:
        if self.mask_BT is not None:
            one = self.mask_BT.new_ones((len(self.mask_BT), 1))
            self.mask_BT = torch.cat([self.mask_BT, one], dim=1)
        out = self.model(
            input_ids=token_B[:, None].to(self.model.device),
            attention_mask=self.mask_BT,
            position_ids=self.next_position_B,
            past_key_values=self.cache,
            use_cache=True,
        )
        self.next_position_B = self.next_position_B + 1
        self.logits_BV = out.logits[:, -1].float()

    def _pick(self) -> Tensor:
        """Return the next token of each sample."""
        if self.sampling.temperature == 0:
            return self.logits_BV.argmax(dim=1).cpu()[self.row_S]
        probs_BV = torch.softmax(self.logits_BV / self.sampling.temperature, dim=1)
        if self.sampling.top_p < 1:
            probs_BV = _nucleus(probs_BV, self.sampling.top_p)
        cumulative_SV = probs_BV.double().cumsum(dim=1)[self.row_S.to(probs_BV.device)]
        point_S = self.uniforms_ST[self.alive_S, self.spoken].to(cumulative_SV.device)
        point_S = point_S * cumulative_SV[:, -1]
        picked_S = torch.searchsorted(cumulative_SV, point_S[:, None], right=True).squeeze(1)
        return picked_S.clamp(max=probs_BV.shape[1] - 1).cpu()

    def _store(self, picked_S: Tensor) -> Tensor:
        """Write the tokens down; return which samples go on."""
        logprobs_BV = torch.log_softmax(self.logits_BV, dim=1).cpu()
        said = logprobs_BV[self.row_S, picked_S].tolist()
        going = []
        for place, token, logprob in zip(
            self.alive_S.tolist(), picked_S.tolist(), said, strict=True
        ):
            sample = self.samples[place]
            sample.logprob += logprob
            sample.ended = token in self.end
            sample.stopped = not sample.ended and token in self.stops[place]
            if not sample.ended:
                sample.tokens.append(token)
            going.append(not (sample.ended or sample.stopped))
        return torch.tensor(going)


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
