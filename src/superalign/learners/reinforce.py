"""Policy gradient on moves weighted by their advantage, held to a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from superalign.learners.losses import token_logprobs
from superalign.learners.optimise import (
    IGNORED,
    Batch,
    Parts,
    Schedule,
    learnt,
    mixed,
    optimise,
    trained,
)
from superalign.learners.policy_losses import clipped, k3, token_mean
from superalign.learners.rows import named, reply_row
from superalign.policies.checkpoints import load_model
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Example, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinforce:
    """Makes moves likelier by their advantage, within a trust region.

    The moves must be samples of the policy that is improved: it is pi_old of the clipped ratio.
    `credit.advantaged` makes the weights. Several
    passes over the moves are off-policy by as much as the clip allows.
    """

    folder: Path
    """Where new checkpoints go."""
    lr: float = 1e-4
    steps: int = 50
    warmup: int = 20
    batch: int = 256
    """Moves a step, of any lengths."""
    tokens_per_batch: int = 6144
    """The most that are read at a time."""
    beta: float = 0.01
    """Weight of the divergence from the reference, k3 per token in nats."""
    clip: tuple[float, float] = (0.2, 0.28)
    """How far the ratio of a token may fall and rise before it teaches nothing more."""
    length: int | None = None
    """Dr.GRPO's fixed normaliser, in tokens per row; by default the tokens of the batch."""
    reference: LocalPolicy | None = None
    """What the divergence is from; by default the policy that is improved."""
    progress: Progress | None = None

    def improve(
        self, policy: LocalPolicy, examples: Sequence[Example], *, seed: int = 0
    ) -> LocalPolicy:
        """Return a policy trained on the moves with an advantage; without any, `policy` itself."""
        found = [e for e in examples if e.weight]
        if not found:
            return policy
        reference = self.reference or policy
        settings = [self.lr, self.steps, self.warmup, self.batch, self.beta, self.clip, self.length]
        made_of = [policy.id, reference.id, settings, seed, named(found)]
        target = self.folder / digest("reinforce", made_of)

        def train(model: Any) -> None:
            rows = [reply_row(policy, e.move, e.weight) for e in found]
            loss = _Loss(self, load_model(policy.folder), load_model(reference.folder))
            batches = mixed(rows, min(self.batch, len(rows)), seed)
            schedule = Schedule(lr=self.lr, steps=self.steps, warmup=self.warmup)
            parts = Parts(self.tokens_per_batch, len if self.length else learnt)
            optimise(model, batches, loss, schedule, self.progress, parts=parts)

        return trained(policy, target, train)


@dataclass(frozen=True, slots=True)
class _Loss:
    settings: Reinforce
    old: Any
    reference: Any

    def __call__(self, model: Any, batch: Batch) -> Tensor:
        s = self.settings
        now_BT = token_logprobs(model, batch.tokens_BT, batch.mask_BT)
        with torch.no_grad():
            old_BT = token_logprobs(self.old, batch.tokens_BT, batch.mask_BT)
            reference_BT = token_logprobs(self.reference, batch.tokens_BT, batch.mask_BT)
        gain_BT = clipped(now_BT, old_BT, batch.weights_B[:, None], low=s.clip[0], high=s.clip[1])
        held_BT = s.beta * k3(now_BT, reference_BT)
        return token_mean(gain_BT + held_BT, batch.targets_BT[:, 1:] != IGNORED, s.length)
