"""What a trained reward checkpoint thinks a reply is worth.

Two forms, told apart by `reward` in the checkpoint's configuration. `likelihood`: slope times the
mean log-probability of the reply's tokens, so that an ordinary language model is the reward model
(a policy's likelihoods can be trained as rewards: Rafailov et al. 2023, arXiv 2305.18290).
`scalar`: a linear head on the hidden state of the last token. Shape suffixes: B rows, T positions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from superalign.errors import BadInput
from superalign.policies.batching import by_length
from superalign.policies.checkpoints import load_model

Form = Literal["likelihood", "scalar"]
CLASSES = {"likelihood": "AutoModelForCausalLM", "scalar": "AutoModelForSequenceClassification"}


@dataclass(frozen=True, slots=True)
class Text:
    """A prompt followed by a reply, in tokens; `start` is the reply's first."""

    tokens: Sequence[int]
    start: int


def form_of(folder: Path) -> Form | None:
    """Return the form of a reward checkpoint, or None where the checkpoint is none.

    Raises:
        BadInput: If the configuration cannot be read or names an unknown form.
    """
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text()).get("reward")
    except (OSError, ValueError, AttributeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    if found is None:
        return None
    if not isinstance(found, dict) or found.get("form") not in CLASSES:
        raise BadInput(f"{path}: reward: form must be one of {', '.join(CLASSES)}")
    form: Form = found["form"]
    return form


def load(folder: Path, form: Form) -> Any:
    """Load the weights of a checkpoint in a form; a scalar head that is not there is made anew."""
    settings = {"num_labels": 1} if form == "scalar" else {}
    return load_model(folder, CLASSES[form], **settings)


def rewards(model: Any, form: Form, tokens_BT: Any, starts_B: Any, lengths_B: Any) -> Any:
    """Return the reward of each row, padded on the right; differentiable.

    `starts` are the first tokens of the replies and `lengths` those of the rows. Without a slope
    of its own a likelihood is taken as it is.
    """
    import torch

    place_BT = torch.arange(tokens_BT.shape[1], device=tokens_BT.device)[None]
    mask_BT = (place_BT < lengths_B[:, None]).long()
    if form == "scalar":
        hidden_BTD = model.base_model(input_ids=tokens_BT, attention_mask=mask_BT)[0]
        rows = torch.arange(len(tokens_BT), device=tokens_BT.device)
        return model.score(hidden_BTD[rows, lengths_B - 1]).float().squeeze(-1)
    logits_BTV = model(input_ids=tokens_BT, attention_mask=mask_BT).logits[:, :-1].float()
    said_BT = torch.log_softmax(logits_BTV, -1).gather(2, tokens_BT[:, 1:, None]).squeeze(2)
    reply_BT = mask_BT[:, 1:] * (place_BT[:, 1:] >= starts_B[:, None])
    return (said_BT * reply_BT).sum(1) / reply_BT.sum(1).clamp(min=1)


def score(model: Any, form: Form, texts: Sequence[Text], tokens_per_batch: int) -> list[float]:
    """Return the reward of each text, slope and offset of the configuration applied."""
    import torch

    settings = model.config.reward
    found: dict[int, float] = {}
    for batch in by_length([len(t.tokens) for t in texts], tokens_per_batch):
        with torch.inference_mode():
            values = rewards(model, form, *padded([texts[i] for i in batch], model.device))
        scaled = settings["slope"] * values + settings["offset"]
        found.update(zip(batch, scaled.tolist(), strict=True))
    return [found[i] for i in range(len(texts))]


def padded(texts: Sequence[Text], device: Any) -> tuple[Any, Any, Any]:
    """Return tokens padded on the right, the replies' first tokens, and the lengths."""
    import torch

    longest = max(len(t.tokens) for t in texts)
    rows = [[*t.tokens, *[0] * (longest - len(t.tokens))] for t in texts]
    starts = torch.tensor([t.start for t in texts], device=device)
    lengths = torch.tensor([len(t.tokens) for t in texts], device=device)
    return torch.tensor(rows, device=device), starts, lengths
