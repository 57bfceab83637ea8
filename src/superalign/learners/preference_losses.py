"""Preference losses as pure functions on tensors: one loss per pair or answer, no mean taken.

Shape suffix: B pairs or answers. `h` is beta * margin, and a margin is [log pi(w) - log ref(w)] -
[log pi(l) - log ref(l)] of the chosen w and the rejected l, log-probabilities summed over the
answer's tokens, in nats. `eps` is the chance that a pair is the wrong way round, per pair. l(h) =
-log sigma(h).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def dpo(h_B: Tensor) -> Tensor:
    """Return l(h) (Rafailov et al. 2023, arXiv 2305.18290, eq. 7)."""
    return -F.logsigmoid(h_B)


def cdpo(h_B: Tensor, eps_B: Tensor) -> Tensor:
    """Return (1 - eps) l(h) + eps l(-h): conservative DPO (Mitchell 2023).

    Least at h = ln((1 - eps) / eps), so margins stay finite.
    """
    return (1 - eps_B) * dpo(h_B) + eps_B * dpo(-h_B)


def rdpo(h_B: Tensor, eps_B: Tensor) -> Tensor:
    """Return [(1 - eps) l(h) - eps l(-h)] / (1 - 2 eps) (Chowdhury et al. 2024, eq. 12).

    arXiv 2403.00409. Unbiased for the loss on clean pairs, with more variance, and unbounded
    below: its slope tends to -eps / (1 - 2 eps). Stop early, or hold the policy to the reference.

    Raises:
        ValueError: If an eps is not below 0.5.
    """
    if not bool((eps_B < 0.5).all()):
        raise ValueError("rdpo needs every eps below 0.5; drop the pairs above")
    return ((1 - eps_B) * dpo(h_B) - eps_B * dpo(-h_B)) / (1 - 2 * eps_B)


def ipo(
    chosen_B: Tensor, rejected_B: Tensor, tau: float, *, tokens: tuple[Tensor, Tensor] | None = None
) -> Tensor:
    """Return (d - 1 / (2 tau))^2 of the unscaled margin d (Azar et al. 2023, arXiv 2310.12036).

    Args:
        chosen_B: log pi - log ref of the chosen answers, summed over tokens.
        rejected_B: The same of the rejected ones.
        tau: How strongly to hold to the reference.
        tokens: Where given, the answers' lengths: d is then of means per token, as TRL has it,
            and wants a tau larger by about that length.
    """
    if tokens is not None:
        chosen_B, rejected_B = chosen_B / tokens[0], rejected_B / tokens[1]
    return (chosen_B - rejected_B - 1 / (2 * tau)) ** 2


def ropo(h_B: Tensor, alpha: float = 14.0) -> Tensor:
    """Return 4a / (1+a)^2 [l(h) + a sigma(-h)], a > 1 (Liang et al. 2024, arXiv 2404.04102).

    Its slope is largest, exactly 1, at h = ln((a - 1) / (a + 1)), and falls off below: pairs the
    policy contradicts strongly are damped. `survivors` is its outer step.
    """
    return 4 * alpha / (1 + alpha) ** 2 * (dpo(h_B) + alpha * torch.sigmoid(-h_B))


def survivors(losses: Sequence[float], rho: float) -> list[int]:
    """Return the places that stay when the share `rho` of largest losses is dropped.

    ROPO's outer step: rho is about the estimated noise; dropped queries are sampled and ranked
    anew. At most a share `rho` goes, rounded down; among equals the later ones.
    """
    keep = len(losses) - math.floor(rho * len(losses) + 1e-9)
    return sorted(sorted(range(len(losses)), key=lambda i: losses[i])[:keep])


def rpo_em_weight(h_B: Tensor, eta_B: Tensor) -> Tensor:
    """Return w = eta P / (eta P + (1 - eta)(1 - P)), P = sigma(h), without gradient.

    The E step of arXiv 2509.24159: the chance that the label is right, for an annotator or critic
    who is right with chance eta.
    """
    odds_B = torch.logit(eta_B.double()).to(h_B.dtype)
    return torch.sigmoid(h_B.detach() + odds_B)


def rpo_em(h_B: Tensor, eta_B: Tensor) -> Tensor:
    """Return w l(h) + (1 - w) l(-h), the M step that goes with `rpo_em_weight`."""
    return cdpo(h_B, 1 - rpo_em_weight(h_B, eta_B))


def reliabilities(
    before: Mapping[str, float], weights: Sequence[tuple[str, float]], momentum: float = 0.9
) -> dict[str, float]:
    """Return each annotator's eta, moved towards the mean w of its pairs.

    Args:
        before: eta by annotator; one who is new starts at the mean.
        weights: (annotator, w) of each pair of the step.
        momentum: Share of the old value that stays.
    """
    found = dict(before)
    for name in dict.fromkeys(who for who, _ in weights):
        mine = [w for who, w in weights if who == name]
        mean = sum(mine) / len(mine)
        found[name] = momentum * before.get(name, mean) + (1 - momentum) * mean
    return found


def simpo(chosen_B: Tensor, rejected_B: Tensor, *, beta: float, gamma: float) -> Tensor:
    """Return -log sigma(beta (c - r) - gamma) of log-probabilities *per token*, no reference.

    Meng et al. (2024), arXiv 2405.14734, eq. 6.
    """
    return dpo(beta * (chosen_B - rejected_B) - gamma)


def kto(
    ratio_B: Tensor,
    good_B: Tensor,
    reference: Tensor,
    *,
    beta: float,
    weights: tuple[float, float] = (1.0, 1.0),
) -> Tensor:
    """Return lambda - value of unpaired answers (Ethayarajh et al. 2024, arXiv 2402.01306, eq. 8).

    Args:
        ratio_B: log pi - log ref of each answer.
        good_B: Whether each is desirable.
        reference: z0, an estimate of KL(pi, ref), from answers to other prompts of the batch;
            clamped at 0 and without gradient.
        beta: Risk aversion.
        weights: lambda of the desirable and of the undesirable.
    """
    z0 = reference.detach().clamp(min=0.0)
    signed_B = torch.where(good_B, ratio_B - z0, z0 - ratio_B)
    weight_B = weights[0] * good_B + weights[1] * ~good_B
    return weight_B * (1 - torch.sigmoid(beta * signed_B))


def modpo(margin_B: Tensor, others_BK: Tensor, *, beta: float, weights: Sequence[float]) -> Tensor:
    """Return -log sigma((beta * margin - sum_k w_k (r_k(w) - r_k(l))) / w_0).

    Zhou et al. (2023), arXiv 2310.03708, eq. 9: one model per weight vector, the other aims given
    by frozen reward models.

    Args:
        margin_B: Of the policy against its reference, on pairs ranked by aim 0.
        others_BK: r_k(chosen) - r_k(rejected) of the K other aims.
        beta: As in DPO.
        weights: K + 1 weights, the trained aim's first.
    """
    first, *others = weights
    pull_B = others_BK @ torch.tensor(others, dtype=others_BK.dtype, device=others_BK.device)
    return dpo((beta * margin_B - pull_B) / first)


def anchor(logprob_B: Tensor, tokens_B: Tensor) -> Tensor:
    """Return the negative log-likelihood per token of the chosen answers.

    Added to a preference loss at .1 to 1 it keeps their likelihood from falling with the others'.
    """
    return -logprob_B / tokens_B


def corrected_bce(logit_B: Tensor, label_B: Tensor, eps: tuple[Tensor, Tensor]) -> Tensor:
    """Return binary cross-entropy that is unbiased under flipped point labels.

    [(1 - eps_-y) l(s, y) - eps_y l(s, -y)] / (1 - eps_+ - eps_-) (Natarajan et al. 2013, lemma 1).

    Args:
        logit_B: The score s.
        label_B: Labels in {0, 1}.
        eps: The chances per item that a true 1 reads 0 (eps_+), and that a true 0 reads 1 (eps_-).

    Raises:
        ValueError: If the two do not sum to less than 1.
    """
    missed_B, invented_B = eps
    if not bool((missed_B + invented_B < 1).all()):
        raise ValueError("the two flip rates must sum to less than 1")
    sign_B = 2 * label_B - 1
    own_B = torch.where(label_B > 0.5, missed_B, invented_B)
    other_B = torch.where(label_B > 0.5, invented_B, missed_B)
    straight_B, reverse_B = dpo(sign_B * logit_B), dpo(-sign_B * logit_B)
    return ((1 - other_B) * straight_B - own_B * reverse_B) / (1 - missed_B - invented_B)
