"""Trains outcome and process reward models: one logit per token, binary cross-entropy on labels.

Sun et al. 2024 (arXiv 2403.09472). What is labelled: the `outcome` of a solution, each step of its
`process`, or `both`, the union of the two in one model. Where the labels stand (`place`): on the
`last` token of a step, or of the solution for outcomes, on its last three, or on `every` one, by
which an outcome model learns at each token what will come of it.

In `both` the last line carries the outcome alone. The other steps carry their own labels, and with
`every`, as published, the outcome of the solution as well.

Two forms of the logit (`policies/step_scores.py`): `likelihood` starts from what the language model
knows, `scalar` from a head of zeros; decision 0020 has the figures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from superalign.errors import BadInput
from superalign.learners.labelled import Labelled
from superalign.learners.losses import token_logprobs
from superalign.learners.optimise import IGNORED, Batch, Row, Schedule, epochs, optimise
from superalign.learners.process_reward import scaled, settled
from superalign.ledger import atomic_folder
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.policies.rewards import Form
from superalign.policies.step_scores import SCALAR, UNTRAINED, Kind, head_logits, is_scalar
from superalign.policies.steps import ended_lines
from superalign.progress import Progress
from superalign.records import digest

Place = Literal["last", "last3", "every"]
LABELLED = {"last": 1, "last3": 3}
"""How many tokens at the end of a step carry its label."""
UNREAD = 2
"""Stands in a target where a label would, at a token that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRewardTraining:
    """How to train an evaluator."""

    kind: Kind
    place: Place = "last"
    form: Form = "likelihood"
    lr: float = 5e-4
    steps: int = 200
    tokens_per_batch: int = 6144

    def train(
        self,
        policy: LocalPolicy,
        labelled: Sequence[Labelled],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the new checkpoint's folder.

        Raises:
            BadInput: If no solution carries a label of the kind.
        """
        rows = [row for x in labelled for row in self.rows(policy, x)]
        if not rows:
            raise BadInput(f"no solution carries a label for an evaluator of kind {self.kind!r}")
        settings = [self.kind, self.place, self.form, UNTRAINED, self.lr, self.steps]
        content = [[r.tokens, r.targets] for r in rows]
        name = digest(policy.id, settings, self.tokens_per_batch, seed, content)
        target = folder / f"evaluator-{name}"
        if target.is_dir():
            return target
        model = self._start(policy)
        schedule = Schedule(lr=self.lr, steps=self.steps)
        optimise(model, epochs(rows, self.tokens_per_batch, seed), token_labels, schedule, progress)
        _settle(model, self.kind)
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    def rows(self, policy: LocalPolicy, item: Labelled) -> Iterator[Row]:
        """Yield the training rows of a solution: one for its steps, one for its outcome.

        A target is 3 * unit + label, the label 2 where the token has none. A unit is what the
        likelihood is summed over: a line, or for the outcome the whole solution.
        """
        prompt = policy.encode(item.seen)
        tokens, ends = ended_lines(policy.tokenizer, item.solution)
        units = []
        if self.kind != "outcome" and item.steps:
            lines = ends[:-1] if self.kind == "both" else ends
            units.append(self._lines(ends, item.steps[: len(lines)]))
        if self.kind != "process" and item.right is not None:
            begin = len(tokens) - self._count(len(tokens))
            units.append([UNREAD] * begin + [int(item.right)] * (len(tokens) - begin))
        for targets in units:
            if any(t != IGNORED and t % 3 != UNREAD for t in targets):
                yield Row([*prompt, *tokens], [IGNORED] * len(prompt) + targets)

    def _lines(self, ends: Sequence[int], labels: Sequence[bool]) -> list[int]:
        targets: list[int] = []
        for line, end in enumerate(ends):
            length = end + 1 - len(targets)
            said = self._count(length) if line < len(labels) else 0
            label = int(labels[line]) if said else UNREAD
            targets += [3 * line + UNREAD] * (length - said) + [3 * line + label] * said
        return targets

    def _count(self, length: int) -> int:
        return min(length, LABELLED.get(self.place, length))

    def _start(self, policy: LocalPolicy) -> Any:
        if self.form == "likelihood":
            return scaled(policy.folder)
        model = load_model(policy.folder, SCALAR, num_labels=1)
        model.dropout = torch.nn.Identity()
        for parameter in model.score.parameters():
            torch.nn.init.zeros_(parameter)
        return model


def _settle(model: Any, kind: Kind) -> None:
    """Write what the model evaluates, and its scale, to the configuration."""
    model.config.evaluates = kind
    if not is_scalar(model):
        settled(model)


def token_labels(model: Any, batch: Batch) -> Tensor:
    """Return the mean binary cross-entropy of token logits against 0/1 labels.

    Targets are those of `TokenRewardTraining.rows`.
    """
    learnt_BT = (batch.targets_BT != IGNORED) & (batch.targets_BT % 3 != UNREAD)
    if is_scalar(model):
        out = model(input_ids=batch.tokens_BT, attention_mask=batch.mask_BT)
        logits_BT = head_logits(out.logits)
    else:
        logprobs_BT = token_logprobs(model, batch.tokens_BT, batch.mask_BT)
        slope, offset = model.line_scale
        sums_BT = within_units(F.pad(logprobs_BT, (1, 0)), batch.targets_BT)
        logits_BT = slope * sums_BT + offset
    labels = (batch.targets_BT % 3)[learnt_BT].float()
    return F.binary_cross_entropy_with_logits(logits_BT[learnt_BT], labels)


def within_units(values_BT: Tensor, targets_BT: Tensor) -> Tensor:
    """Return per token the sum of the values from the start of its unit up to it."""
    units_BT = torch.div(targets_BT, 3, rounding_mode="floor")
    before_BT = F.pad(values_BT.cumsum(1)[:, :-1], (1, 0))
    begins_BT = F.pad(units_BT[:, 1:] != units_BT[:, :-1], (1, 0), value=True)
    place_BT = torch.arange(values_BT.shape[1], device=values_BT.device).expand_as(units_BT)
    start_BT = torch.where(begins_BT, place_BT, 0).cummax(1).values
    return values_BT.cumsum(1) - before_BT.gather(1, start_BT)


def balanced(labelled: Sequence[Labelled], rng: random.Random, ratio: int = 3) -> list[Labelled]:
    """Return solutions such that neither outcome of a question outnumbers the other by `ratio`.

    A question all of whose solutions come out alike is left out, as one without outcomes is.
    """
    groups: dict[Any, tuple[list[Labelled], list[Labelled]]] = {}
    for item in labelled:
        if item.right is not None:
            groups.setdefault(item.seen, ([], []))[item.right].append(item)
    kept = []
    for wrong, right in groups.values():
        most = ratio * min(len(wrong), len(right))
        kept += [x for side in (wrong, right) for x in rng.sample(side, min(most, len(side)))]
    return kept
