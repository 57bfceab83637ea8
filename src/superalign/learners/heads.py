"""Many linear heads on the same frozen features, trained side by side as one matrix problem.

Every head learns as it would by itself: only the arithmetic is shared. A head is trained on the
features and its targets, and on nothing else; gold can come in as `gold_stop` alone, by name.
Shape suffixes: S heads, N rows, D width; G orders, H heads of an order, B rows of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from superalign.learners.confidence_losses import Loss, loss
from superalign.records import seed_of

LENGTH = 64
"""Standardised columns that a row of features is at most as long as, whatever its width."""
Stop: TypeAlias = Literal["end", "weak", "gold"]
"""What ended training: nothing, agreement with held-out weak labels, or gold, which cheats."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """What one head learns from, and how."""

    targets: NDArray[np.floating]
    """[n, 2], one for each of `rows`: the chance of either class."""
    rows: NDArray[np.integer] | None = None
    """Which rows of the features it learns from, n of them; None means all."""
    loss: str = "xent"
    seed: int = 0
    """Of the order of rows, and of which are held out."""
    weights: NDArray[np.floating] | None = None
    """[n], what each row counts; None means all alike."""
    prior: float = 0.5
    """Share of class 1, for the losses that harden by it."""
    gold_stop: NDArray[np.floating] | None = None
    """[n, 2]: gold, to stop by. This cheats; it shows what early stopping could give at best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How every head is trained: Adam without decay on standardised features.

    The published probes (Burns et al. 2023, App. D.2) take 200 epochs at 1e-3 in batches of 128.
    """

    epochs: int = 30
    batch: int = 128
    lr: float = 1e-2
    held_out: float = 0.1
    """Share of rows that only choose the epoch, the later among equals; with 0 the last stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Trained heads: `weights` [D + 1, S, 2], the last row the bias, on standardised features."""

    weights: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    epochs: tuple[int, ...]
    """By head, how many epochs the weights that stayed were trained for."""
    stopped_on: tuple[Stop, ...]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chance of either class, [S, N, 2]."""
        x_ND = torch.from_numpy(_standard(features, self.centre, self.scale))
        logits_NSC = torch.einsum("nd,dsc->nsc", x_ND, torch.from_numpy(self.weights))
        return logits_NSC.softmax(-1).transpose(0, 1).contiguous().numpy()


def train_heads(
    features: NDArray[np.float32],
    heads: Sequence[Head],
    training: Training | None = None,
    *,
    antisymmetric: bool = False,
) -> Heads:
    """Train `heads` on `features` [N, D].

    Args:
        features: One vector a problem; centred and scaled by their own means and deviations.
        heads: Those with equally many rows and the same losses per seed share every operation.
        training: How long and how fast.
        antisymmetric: For differences of two sides' features: without centring and bias, so that
            swapping the sides swaps the chances exactly.
    """
    training = training or Training()
    centre, scale = _moments(features, antisymmetric)
    x_ND = torch.from_numpy(_standard(features, centre, scale))
    x_ND[:, -1] *= not antisymmetric
    weights = torch.zeros(x_ND.shape[1], len(heads), 2)
    epochs = [0] * len(heads)
    for block in _blocks(heads):
        best_GDHC, at_GH = _Block(x_ND, [[heads[i] for i in g] for g in block], training).train()
        for g, group in enumerate(block):
            weights[:, group] = best_GDHC[g]
            for h, i in enumerate(group):
                epochs[i] = int(at_GH[g, h])
    stopped = tuple(_stop(h, training) for h in heads)
    return Heads(weights.numpy(), centre, scale, tuple(epochs), stopped)


def _stop(head: Head, training: Training) -> Stop:
    if not _held(len(head.targets), training):
        return "end"
    return "weak" if head.gold_stop is None else "gold"


def _held(n: int, training: Training) -> int:
    return round(n * training.held_out)


def _moments(
    features: NDArray[np.float32], antisymmetric: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where columns are centred, and the one number that all are divided by.

    Each by its own deviation would blow rare words up to the size of common ones, and let a wide
    body learn its rows by heart. A row is as long as `LENGTH` standardised columns, or fewer.
    """
    centre = features.mean(0) * (not antisymmetric)
    usual = np.sqrt(((features - centre) ** 2).mean())
    longer = max(1.0, features.shape[1] / LENGTH) ** 0.5
    scale = usual * longer if usual > 1e-6 else 1.0
    return centre, np.full_like(centre, scale, np.float32)


def _standard(
    features: NDArray[np.float32], centre: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return standardised features with a last column of ones."""
    ones = np.ones((len(features), 1), np.float32)
    return np.concatenate([(features - centre) / scale, ones], 1, dtype=np.float32)


def _blocks(heads: Sequence[Head]) -> list[list[list[int]]]:
    """Return the places of heads as blocks of orders of heads.

    Heads of an order have the same seed and rows, so they see the same batches. Orders of a block
    have as many rows and the same losses, so they are one batched product.
    """
    orders: dict[object, list[int]] = {}
    for i, head in enumerate(heads):
        rows = None if head.rows is None else head.rows.tobytes()
        orders.setdefault((head.seed, rows), []).append(i)
    blocks: dict[object, list[list[int]]] = {}
    for order in orders.values():
        order.sort(key=lambda i: (heads[i].loss, heads[i].prior))
        like = tuple((heads[i].loss, heads[i].prior) for i in order)
        blocks.setdefault((len(heads[order[0]].targets), like), []).append(order)
    return list(blocks.values())


class _Block:
    """Heads that are trained in the same operations: G orders of H heads."""

    def __init__(self, x_ND: Tensor, heads: Sequence[Sequence[Head]], training: Training) -> None:
        self.x_ND, self.training = x_ND, training
        first = heads[0]
        n = len(first[0].targets)
        every = range(len(x_ND))
        self.rows_GN = _stack([every if g[0].rows is None else g[0].rows for g in heads])
        self.targets_GHNC = _stack([[h.targets for h in g] for g in heads]).float()
        ones = np.ones(n)
        self.weights_GHN = _stack(
            [[ones if h.weights is None else h.weights for h in g] for g in heads]
        ).float()
        judged = [[h.targets if h.gold_stop is None else h.gold_stop for h in g] for g in heads]
        self.right_GHN = _stack(judged).argmax(-1)
        self.chances = [_generator(g[0].seed) for g in heads]
        split_GN = torch.stack([torch.randperm(n, generator=c) for c in self.chances])
        kept = n - _held(n, training)
        self.learnt_GN, self.held_GN = split_GN[:, :kept], split_GN[:, kept:]
        names = [(h.loss, h.prior) for h in first]
        parts = {name: [i for i, n in enumerate(names) if n == name] for name in names}
        self.losses: list[tuple[slice, Loss]] = [
            (slice(at[0], at[-1] + 1), loss(*name)) for name, at in parts.items()
        ]

    def train(self) -> tuple[Tensor, Tensor]:
        """Return the best weights [G, D, H, 2] and the epochs they took [G, H]."""
        groups, heads = self.targets_GHNC.shape[:2]
        w_GDHC = torch.zeros(groups, self.x_ND.shape[1], heads, 2, requires_grad=True)
        optimiser = torch.optim.Adam([w_GDHC], lr=self.training.lr, fused=True)
        best_GDHC = w_GDHC.detach().clone()
        best_GH, at_GH = torch.full((groups, heads), -1.0), torch.zeros(groups, heads)
        per_epoch = -(-self.learnt_GN.shape[1] // self.training.batch)
        for epoch in range(self.training.epochs):
            for i, at_GB in enumerate(self._batches()):
                done = (epoch + i / per_epoch) / self.training.epochs
                optimiser.zero_grad()
                self._loss(w_GDHC, at_GB, done).backward()
                optimiser.step()
            found_GH = self._agreement(w_GDHC.detach(), epoch)
            better_GH = found_GH >= best_GH
            best_GDHC = torch.where(better_GH[:, None, :, None], w_GDHC.detach(), best_GDHC)
            best_GH = torch.where(better_GH, found_GH, best_GH)
            at_GH[better_GH] = epoch + 1
        return best_GDHC, at_GH

    def _batches(self) -> tuple[Tensor, ...]:
        """Return this epoch's batches: every order shuffled by its own seed."""
        n = self.learnt_GN.shape[1]
        mixed_GN = torch.stack([torch.randperm(n, generator=c) for c in self.chances])
        return self.learnt_GN.gather(1, mixed_GN).split(self.training.batch, 1)

    def _logits(self, w_GDHC: Tensor, at_GB: Tensor) -> Tensor:
        """Return [G, H, B, 2]."""
        x_GBD = self.x_ND[self.rows_GN.gather(1, at_GB)]
        logits_GBM = torch.bmm(x_GBD, w_GDHC.flatten(2))
        return logits_GBM.unflatten(2, w_GDHC.shape[2:]).transpose(1, 2)

    def _loss(self, w_GDHC: Tensor, at_GB: Tensor, done: float) -> Tensor:
        """Return the sum over heads of each one's weighted mean over its batch."""
        logits_GHBC = self._logits(w_GDHC, at_GB)
        place = at_GB[:, None].expand(-1, logits_GHBC.shape[1], -1)
        weak_GHBC = self.targets_GHNC.gather(2, place[..., None].expand(-1, -1, -1, 2))
        weights_GHB = self.weights_GHN.gather(2, place)
        found_GHB = torch.cat(
            [made(logits_GHBC[:, at], weak_GHBC[:, at], done) for at, made in self.losses], 1
        )
        total_GH = weights_GHB.sum(-1).clamp(min=1e-6)
        return ((found_GHB * weights_GHB).sum(-1) / total_GH).sum()

    def _agreement(self, w_GDHC: Tensor, epoch: int) -> Tensor:
        """Return each head's share of held-out rows on the side of the labels it stops by.

        Without held-out rows a later epoch is the better one.
        """
        if not self.held_GN.shape[1]:
            return torch.full((len(w_GDHC), w_GDHC.shape[2]), float(epoch))
        logits_GHBC = self._logits(w_GDHC, self.held_GN)
        place = self.held_GN[:, None].expand(-1, logits_GHBC.shape[1], -1)
        return (logits_GHBC.argmax(-1) == self.right_GHN.gather(2, place)).float().mean(-1)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of("order of rows", seed))


def _stack(values: object) -> Tensor:
    return torch.from_numpy(np.array(values))
