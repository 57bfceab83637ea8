"""Training the text classifiers under a guard: labelled texts in, new classifier out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

from superalign.ledger import atomic_folder
from superalign.policies.guard import Classifier, Encoder, Ngrams
from superalign.records import digest


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts, whether each is harmful, and what each weighs."""

    texts: Sequence[str]
    harmful: Sequence[bool]
    weights: Sequence[float]


@singledispatch
def train(classifier: Classifier, data: Labelled, *, folder: Path, seed: int) -> Classifier:
    """Return a new classifier of the same kind, fitted to `data`; `folder` is for checkpoints."""
    raise TypeError(f"no way to train a {type(classifier).__name__}")


@singledispatch
def milder(after: Classifier, before: Classifier, share: float) -> Classifier | None:
    """Return the classifier `share` of the way from `before` to `after`, None if there is none."""
    return None


@train.register
def _(classifier: Ngrams, data: Labelled, *, folder: Path, seed: int) -> Classifier:
    rarity = classifier.rarity if classifier.trained else None
    return Ngrams.fit(data.texts, data.harmful, data.weights, rarity=rarity)


@milder.register
def _(after: Ngrams, before: Classifier, share: float) -> Classifier | None:
    """Average the weights.

    Source: Wortsman et al. (2022), "Robust fine-tuning of zero-shot models": averaged weights keep
    what the start knew of texts unlike the new ones.
    """
    if isinstance(before, Ngrams) and before.trained:
        return before.towards(after, share)
    return None


_PASSES, _BATCH, _RATE = 3, 16, 3e-5


@train.register
def _(classifier: Encoder, data: Labelled, *, folder: Path, seed: int) -> Classifier:
    """Finetune a copy of the encoder: three passes of AdamW, weighted cross-entropy."""
    target = folder / digest(
        "encoder", classifier.id, [*data.texts], [*data.harmful], [*data.weights], seed
    )
    if not target.is_dir():
        fresh = Encoder(classifier.folder, classifier.batch, classifier.longest)
        _finetune(fresh, data, seed)
        with atomic_folder(target) as place:
            fresh.save(place)
    return Encoder(target, classifier.batch, classifier.longest)


def _finetune(encoder: Encoder, data: Labelled, seed: int) -> None:
    import torch
    from torch.nn.functional import cross_entropy

    model = encoder.parts[1].train()
    torch.manual_seed(seed)
    shuffle = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE)
    harmful, weights = torch.tensor(data.harmful), torch.tensor(data.weights)
    labels = torch.where(harmful, encoder.unsafe, 1 - encoder.unsafe)
    for at in [
        b
        for _ in range(_PASSES)
        for b in torch.randperm(len(labels), generator=shuffle).split(_BATCH)
    ]:
        logits = model(**encoder.tokens([data.texts[i] for i in at.tolist()])).logits
        losses = cross_entropy(logits, labels[at], reduction="none")
        loss = (losses * weights[at]).sum() / weights[at].sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
