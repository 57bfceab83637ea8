"""What a checkpoint says of each step of a solution: the chance that the step is right.

Two forms. `likelihood`: an ordinary language model, whose logit at a token is a * log p + b, with
log p that of the line so far (for a model of outcomes, of the solution so far) and (a, b) the
`line_scale` of its configuration. `scalar`: a linear head on every token's hidden state
(`AutoModelForTokenClassification`); of two classes the logit is the second's less the first's. The
score of a line is read at its last token. Shape suffixes: B trees, T tokens, V vocabulary.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np

from superalign.errors import BadInput
from superalign.policies.batching import by_length
from superalign.policies.checkpoints import load_model
from superalign.policies.prefix_tree import Tree, grow, readable

Kind = Literal["outcome", "process", "both"]
"""What a checkpoint was taught: whether the answer will be right, whether each step is, or both:
steps at the lines, the outcome at the end."""
UNTRAINED = (1.0, 3.0)
"""Slope and offset before training: a line of log-probability -3 is as likely right as wrong."""
SCALAR = "AutoModelForTokenClassification"
SPREAD, WIDEST = 4, 4096
"""A tree holds `SPREAD` times the tokens of the longest row, at most `WIDEST`: larger ones share
more, and cost more in attention to what is not on the path. Rows beyond are read by themselves."""

Row = tuple[list[int], list[int]]
"""Tokens of a prompt and a solution; index of the last token before the first line, and of the
last token of each line."""


def kind_of(folder: Path) -> Kind:
    """Return what a checkpoint was taught; one that does not say reads steps.

    Raises:
        BadInput: If its configuration cannot be read or names no kind.
    """
    kind = _config(folder).get("evaluates", "process")
    if kind not in get_args(Kind):
        raise BadInput(f"{folder / 'config.json'}: evaluates must be one of {get_args(Kind)}")
    return cast(Kind, kind)


def load(folder: Path) -> Any:
    """Load a checkpoint in its form."""
    architectures = _config(folder).get("architectures") or [""]
    scalar = str(architectures[0]).endswith("ForTokenClassification")
    return load_model(folder, SCALAR) if scalar else load_model(folder)


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{path}: holds no object")
    return found


def score(model: Any, rows: Sequence[Row], *, tokens_per_batch: int) -> list[list[float]]:
    """Return, per row, the chance of each line; what rows share is read once."""
    kind: Kind = getattr(model.config, "evaluates", "process")
    shares, trees = shared(model, [tokens for tokens, _ in rows])
    found: dict[int, list[float]] = {}
    for batch in by_length([len(t.tokens) for t in trees], tokens_per_batch):
        shown = [trees[i] for i in batch]
        for tree, values in zip(shown, _read(model, shown, shares=shares), strict=True):
            for name, path in tree.paths.items():
                found[name] = _chances(model, kind, values[path], rows[name][1])
    return [found[i] for i in range(len(rows))]


def shared(model: Any, sequences: Sequence[list[int]]) -> tuple[bool, list[Tree]]:
    """Return whether the model reads trees with several sequences in them, and the trees."""
    longest = max(map(len, sequences), default=0)
    shares = readable(model) and longest <= WIDEST
    return shares, grow(sequences, min(SPREAD * longest, WIDEST) if shares else 0)


def _chances(model: Any, kind: Kind, values: Any, ends: Sequence[int]) -> list[float]:
    """Return the chance of each line from the values of a row's tokens."""
    if is_scalar(model):
        logits = values[ends[1:]]
    else:
        so_far = np.cumsum(values)[ends]
        lines, whole = np.diff(so_far), so_far[1:] - so_far[0]
        read = {"process": lines, "outcome": whole, "both": np.append(lines[:-1], whole[-1:])}
        slope, offset = getattr(model.config, "line_scale", UNTRAINED)
        logits = slope * read[kind] + offset
    return [float(p) for p in np.exp(-np.logaddexp(0.0, -logits))]


def _read(model: Any, trees: Sequence[Tree], *, shares: bool) -> list[Any]:
    """Return a value per token of each tree: the head's logit or the log-probability (roots: 0)."""
    import torch

    width = max(len(t.tokens) for t in trees)
    ids_BT = torch.tensor([_padded(t.tokens, width) for t in trees], device=model.device)
    parents_BT = torch.tensor([_padded(t.parents, width) for t in trees], device=model.device)
    with torch.inference_mode():
        out = model(input_ids=ids_BT, **(_places(model, trees, width) if shares else {}))
        if is_scalar(model):
            values_BT = head_logits(out.logits)
        else:
            said_BTV = torch.log_softmax(out.logits.float(), -1)
            rows = torch.arange(len(trees), device=model.device)[:, None]
            values_BT = said_BTV[rows, parents_BT, ids_BT]
            values_BT = values_BT.masked_fill(
                parents_BT == torch.arange(width, device=model.device), 0.0
            )
    return list(values_BT.double().cpu().numpy())


def _places(model: Any, trees: Sequence[Tree], width: int) -> dict[str, Any]:
    """Return positions and the mask, added to attention, that let each token see its path alone."""
    import torch

    positions_BT = torch.tensor([_padded(t.positions, width) for t in trees], device=model.device)
    sees_BTT = torch.from_numpy(np.stack([t.visible(width) for t in trees])).to(model.device)
    hidden = torch.zeros(sees_BTT.shape, dtype=model.dtype, device=model.device)
    hidden.masked_fill_(~sees_BTT, torch.finfo(model.dtype).min)
    return {"position_ids": positions_BT, "attention_mask": hidden[:, None]}


def head_logits(logits_BTC: Any) -> Any:
    """Return one logit per token from a head of one class or two."""
    logits_BTC = logits_BTC.float()
    return logits_BTC[..., -1] - (logits_BTC[..., 0] if logits_BTC.shape[-1] > 1 else 0.0)


def is_scalar(model: Any) -> bool:
    """Return whether a model has a head on every token."""
    return type(model).__name__.endswith("ForTokenClassification")


def _padded(values: Sequence[int], width: int) -> list[int]:
    return [*values, *[0] * (width - len(values))]
