"""Trains a reward model on preference pairs (Bradley and Terry 1952; Ouyang et al. 2022, eq. 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from superalign.learners.optimise import IGNORED, Batch, Row, Schedule, optimise
from superalign.learners.pairs import Pair
from superalign.learners.preference import paired_batches
from superalign.ledger import atomic_folder
from superalign.policies import rewards
from superalign.policies.checkpoints import save
from superalign.policies.local import LocalPolicy
from superalign.policies.rewards import Form
from superalign.policies.steps import reply_tokens
from superalign.progress import Progress
from superalign.records import digest

SLOPE = 10.0
"""Slope of a likelihood before training: a mean log-probability of -0.1 a token costs one nat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTraining:
    """How to train a reward model.

    The loss of a pair is -log sigma(reward of chosen - reward of rejected). `likelihood` starts
    from what the language model knows (decision 0009), `scalar` with a fresh head.
    """

    form: Form = "likelihood"
    lr: float = 5e-4
    steps: int = 200
    pairs_per_batch: int = 16

    def train(
        self,
        policy: LocalPolicy,
        pairs: Sequence[Pair],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the new checkpoint's folder.

        Raises:
            ValueError: If there are no pairs.
        """
        if not pairs:
            raise ValueError("a reward model is trained on pairs, and there are none")
        settings = [self.form, self.lr, self.steps, self.pairs_per_batch, seed]
        shown = [digest(p) for p in pairs]
        target = folder / f"reward-{digest(policy.id, settings, shown)}"
        if target.is_dir():
            return target
        model = rewards.load(policy.folder, self.form)
        if self.form == "scalar":
            torch.manual_seed(seed)
            torch.nn.init.zeros_(model.score.weight)
        slope = torch.nn.Parameter(torch.tensor(self._slope, device=model.device))
        model.register_parameter("reward_slope", slope)
        rows = [(_row(policy, p, p.chosen), _row(policy, p, p.rejected)) for p in pairs]
        batches = paired_batches(rows, self.pairs_per_batch, seed)
        schedule = Schedule(lr=self.lr, steps=self.steps)
        optimise(model, batches, self._loss, schedule, progress)
        self._settle(model, [r for pair in rows for r in pair])
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    @property
    def _slope(self) -> float:
        return SLOPE if self.form == "likelihood" else 1.0

    def _loss(self, model: Any, batch: Batch) -> Tensor:
        lengths_B = batch.mask_BT.sum(1)
        starts_B = (batch.targets_BT < 0).long().cumprod(1).sum(1)
        values_B = rewards.rewards(model, self.form, batch.tokens_BT, starts_B, lengths_B)
        half = len(values_B) // 2
        margin_B = model.reward_slope * (values_B[:half] - values_B[half:])
        weights_B = batch.weights_B[:half]
        return -(torch.nn.functional.logsigmoid(margin_B) * weights_B).sum() / weights_B.sum()

    def _settle(self, model: Any, rows: Sequence[Row]) -> None:
        """Write slope and offset to the configuration; zero is half way between the sides."""
        model.config.reward = {"form": self.form, "slope": model.reward_slope.item(), "offset": 0.0}
        del model.reward_slope
        texts = [rewards.Text(r.tokens, sum(t < 0 for t in r.targets)) for r in rows]
        found = rewards.score(model, self.form, texts, 16384)
        model.config.reward["offset"] = -(fmean(found[::2]) + fmean(found[1::2])) / 2


def _row(policy: LocalPolicy, pair: Pair, reply: str) -> Row:
    prompt = policy.encode(pair.prompt)
    said = [*reply_tokens(policy.tokenizer, reply), policy.tokenizer.eos_token_id]
    return Row([*prompt, *said], [IGNORED] * len(prompt) + said, pair.weight)
