"""Losses for students of a weaker teacher, as pure functions on tensors.

A loss has two halves. `target` looks at a whole batch and says what each row should become, without
gradient; `rows` holds each row to its target. So a batch cut into micro-batches has the gradient of
the whole: make the targets once, then add up the rows. Shapes: any leading axes (heads trained side
by side), then B rows and C classes. `weak_BC` are the teacher's probabilities, `done` is the share
of training that is over, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor

from superalign.errors import BadInput

Target: TypeAlias = Callable[[Tensor, Tensor, float], Tensor]
"""(logits_BC, weak_BC, done) to target_BC."""
Rows: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""(logits_BC, target_BC) to loss_B, in nats."""

TOP, OVER = 0.75, 0.2
"""alpha_max of the largest students and the share of training it is reached in (App. A.4)."""


def soft(logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
    """Return the weak labels as they are."""
    return weak_BC


def hard(logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
    """Return the weak labels' likelier class, the first among equals."""
    return _one_hot(weak_BC.argmax(-1), weak_BC)


def ramp(done: float, top: float = TOP, over: float = OVER) -> float:
    """Return alpha: from 0 straight to `top` in the first share `over` of training."""
    return top * min(1.0, done / over)


def jump(done: float, top: float = 0.5, over: float = 0.1) -> float:
    """Return alpha as openai/weak-to-strong has it: 0 to `top * over`, then at once `top`.

    Its warm-up multiplies by the share of training done and not of the warm-up: a bug, by name.
    """
    return top if done > over else top * done


def hardened(logits_BC: Tensor, prior: Tensor | float) -> Tensor:
    """Return each row's class by a threshold that gives the share `prior` of rows to class 1.

    Of B rows, exactly `prior * B` with the highest chance of class 1 get it. Where that is no whole
    number the row in between gets its own likelier class: a batch of 1 is no one's by decree.
    """
    margin_B = _margin(logits_BC)
    rank_B = (-margin_B).argsort(dim=-1, stable=True).argsort(dim=-1)
    wanted = torch.as_tensor(prior, dtype=torch.float64).unsqueeze(-1) * margin_B.shape[-1]
    sure_B = rank_B < (wanted + 1e-3).floor()
    open_B = rank_B < (wanted - 1e-3).ceil()
    return _one_hot((sure_B | (open_B & (margin_B > 0))).long(), logits_BC)


def confidence(
    logits_BC: Tensor, weak_BC: Tensor, done: float, *, prior: float = 0.5, top: float = TOP
) -> Tensor:
    """Return (1 - alpha) weak + alpha hardened: the auxiliary confidence loss of the paper.

    Burns et al. (2023), arXiv 2312.09390, App. A.4. `prior` is the share of class 1: .5 for a
    balanced task, else `class_prior` of the weak labels.
    """
    return _mixed(weak_BC, hardened(logits_BC, prior), ramp(done, top))


def confidence_openai(logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
    """Return the target of openai/weak-to-strong's `logconf`, its quirks included.

    alpha jumps (see `jump`); the threshold is a quantile of the batch at its own weak prior; a
    batch of 1 is always class 0, and so is the surest row of a batch that is all of class 1.
    """
    first_B = logits_BC.softmax(-1)[..., 0]
    first_class_B = first_B >= quantile(first_B, weak_BC[..., 1].mean(-1))[..., None]
    return _mixed(weak_BC, _one_hot((~first_class_B).long(), weak_BC), jump(done))


class ConfidenceEleuther:
    """The variant of EleutherAI/w2s: the threshold is over the last `window` rows seen.

    So it works at micro-batches of any size; what is kept is bounded (theirs grows for a whole
    run), and its warm-up of 100 steps is a share of training here. `balance` centres the log-odds
    of each batch's weak labels. With `harden` off the student's own chances take the place of the
    hard classes; the gradient of that part is exactly zero, so all it does is weaken the labels.
    """

    def __init__(self, *, window: int = 32, balance: bool = False, harden: bool = True) -> None:
        self.window, self.balance, self.harden = window, balance, harden
        self.seen: Tensor | None = None

    def __call__(self, logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
        """Return (1 - alpha) weak + alpha own."""
        if self.balance:
            weak_BC = balanced(weak_BC)
        chances_BC = logits_BC.softmax(-1)
        alpha = ramp(done, top=0.5)
        if not self.harden:
            return _mixed(weak_BC, chances_BC, alpha)
        first_B = chances_BC[..., 0]
        before = [] if self.seen is None else [self.seen]
        self.seen = torch.cat([*before, first_B], -1)[..., -max(self.window, first_B.shape[-1]) :]
        even = self.balance or first_B.shape[-1] == 1
        prior = torch.full_like(first_B[..., 0], 0.5) if even else weak_BC[..., 1].mean(-1)
        second_B = first_B < quantile(self.seen, prior)[..., None]
        return _mixed(weak_BC, _one_hot(second_B.long(), weak_BC), alpha)


def product(
    logits_BC: Tensor, weak_BC: Tensor, done: float, *, alpha: float = 1.0, beta: float = 1.0
) -> Tensor:
    """Return softmax(beta log p + alpha log w): the normalised product of student and teacher.

    Burns et al. (2023), App. A.4. In log space, so that a sure teacher against a sure student is
    no 0 / 0; a chance of 0 counts as the smallest normal number.
    """
    log_weak_BC = weak_BC.clamp(min=torch.finfo(weak_BC.dtype).tiny).log()
    return (beta * logits_BC.log_softmax(-1) + alpha * log_weak_BC).softmax(-1)


def cross_entropy(logits_BC: Tensor, target_BC: Tensor) -> Tensor:
    """Return -sum t log p."""
    return -(target_BC * logits_BC.log_softmax(-1)).sum(-1)


def entropic(logits_BC: Tensor, target_BC: Tensor, *, alpha: float = 0.25) -> Tensor:
    """Return (1 - alpha) CE(p, t) + alpha H(p): sure students are preferred (App. B)."""
    entropy_B = cross_entropy(logits_BC, logits_BC.softmax(-1))
    return (1 - alpha) * cross_entropy(logits_BC, target_BC) + alpha * entropy_B


def focal(logits_BC: Tensor, target_BC: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Return -sum t (1 - p)^gamma log p (Lin et al. 2017, arXiv 1708.02002, eq. 4)."""
    logp_BC = logits_BC.log_softmax(-1)
    return -(target_BC * (-logp_BC.expm1()).clamp(min=0) ** gamma * logp_BC).sum(-1)


def generalised(logits_BC: Tensor, target_BC: Tensor, *, q: float = 0.7) -> Tensor:
    """Return sum t (1 - p^q) / q, q in (0, 1] (Zhang and Sabuncu 2018, arXiv 1805.07836, eq. 6)."""
    return -(target_BC * (q * logits_BC.log_softmax(-1)).expm1()).sum(-1) / q


def reverse(logits_BC: Tensor, target_BC: Tensor, *, least: float = -4.0) -> Tensor:
    """Return -sum p log t, log t at least `least` (Wang et al. 2019, arXiv 1908.06112, eq. 5)."""
    log_target_BC = target_BC.clamp(min=torch.finfo(target_BC.dtype).tiny).log().clamp(min=least)
    return -(logits_BC.softmax(-1) * log_target_BC).sum(-1)


def symmetric(logits_BC: Tensor, target_BC: Tensor) -> Tensor:
    """Return the cross-entropy plus the reverse one (Wang et al. 2019, eq. 7, both weights 1)."""
    return cross_entropy(logits_BC, target_BC) + reverse(logits_BC, target_BC)


def class_prior(weak_NC: Tensor) -> float:
    """Return the share of class 1 as the weak labels have it."""
    return float(weak_NC[..., 1].double().mean())


def balanced(weak_BC: Tensor) -> Tensor:
    """Return two-class weak labels whose log-odds have mean 0 over the rows."""
    odds_B = torch.logit(weak_BC[..., 1], eps=1e-6)
    second_B = torch.sigmoid(odds_B - odds_B.mean(-1, keepdim=True))
    return torch.stack([1 - second_B, second_B], -1)


def quantile(values_B: Tensor, share: Tensor) -> Tensor:
    """Return the quantile of the last axis, linear between values, a share for each leading one."""
    place = share.to(values_B.dtype) * (values_B.shape[-1] - 1)
    sorted_B = values_B.sort(-1).values
    low, high = (i.long()[..., None] for i in (place.floor(), place.ceil()))
    below, above = sorted_B.gather(-1, low)[..., 0], sorted_B.gather(-1, high)[..., 0]
    return torch.lerp(below, above, place - place.floor())


def _margin(logits_BC: Tensor) -> Tensor:
    if logits_BC.shape[-1] != 2:
        raise ValueError(f"a threshold parts two classes, not {logits_BC.shape[-1]}")
    return logits_BC[..., 1] - logits_BC[..., 0]


def _one_hot(class_B: Tensor, like: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(class_B, like.shape[-1]).to(like.dtype)


def _mixed(weak_BC: Tensor, own_BC: Tensor, alpha: float) -> Tensor:
    return (1 - alpha) * weak_BC + alpha * own_BC


@dataclass(frozen=True, slots=True)
class Loss:
    """What rows should become, and how they are held to it."""

    target: Target = soft
    rows: Rows = cross_entropy

    def targets(self, logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
        """Return the targets of a batch, without gradient."""
        with torch.no_grad():
            return self.target(logits_BC, weak_BC, done)

    def __call__(self, logits_BC: Tensor, weak_BC: Tensor, done: float) -> Tensor:
        """Return the loss of each row of a batch, in nats."""
        return self.rows(logits_BC, self.targets(logits_BC, weak_BC, done))


LOSSES: Mapping[str, Callable[[float], Loss]] = {
    "xent": lambda prior: Loss(),
    "hard": lambda prior: Loss(hard),
    "confidence": lambda prior: Loss(partial(confidence, prior=prior)),
    "confidence_openai": lambda prior: Loss(confidence_openai),
    "confidence_eleuther": lambda prior: Loss(ConfidenceEleuther()),
    "product": lambda prior: Loss(product),
    "entropy": lambda prior: Loss(rows=entropic),
    "focal": lambda prior: Loss(rows=focal),
    "generalised": lambda prior: Loss(rows=generalised),
    "reverse": lambda prior: Loss(rows=reverse),
    "symmetric": lambda prior: Loss(rows=symmetric),
}
"""By name, given the prior of class 1."""


def loss(name: str, prior: float = 0.5) -> Loss:
    """Return a loss by name, new for each training: some remember the rows before.

    Raises:
        BadInput: If there is none of that name.
    """
    if name not in LOSSES:
        raise BadInput(f"{name}: no such loss; there are {', '.join(LOSSES)}")
    return LOSSES[name](prior)
