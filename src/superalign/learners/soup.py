"""Rewarded soups: one checkpoint that is the weighted mean of several from the same start."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.learners.protocol import Learner
from superalign.ledger import atomic_folder
from superalign.policies.local import LocalPolicy
from superalign.records import Example, digest

WEIGHTS = "*.safetensors"


def soup(parts: Sequence[tuple[Path, float]], target: Path) -> Path:
    """Write to `target` the checkpoint sum_i w_i theta_i, and return it.

    Ramé et al. (2023), arXiv 2306.04488: models finetuned from one start, each on its own reward,
    span a front without further training. The start cannot be read off the weights: models of one
    shape that were trained apart give a checkpoint that says nothing. Sums are in fp32, stored
    in the first part's type, whatever the precision of the others; whole numbers must agree. All
    else is copied from the first part.

    Args:
        parts: Checkpoint folders with their weights, which sum to 1.
        target: A folder that is complete or not there.

    Raises:
        BadInput: If weights do not sum to 1, or the folders' files, names, shapes or types differ.
    """
    if not parts or not math.isclose(math.fsum(w for _, w in parts), 1.0, abs_tol=1e-6):
        raise BadInput(f"soup: weights {[w for _, w in parts]} do not sum to 1")
    first = parts[0][0]
    files = _files(first)
    for folder, _ in parts[1:]:
        if _files(folder) != files:
            raise BadInput(f"{folder}: its weight files are not those of {first}")
    with atomic_folder(target) as place:
        for extra in sorted(p for p in first.iterdir() if p.is_file() and p.name not in files):
            shutil.copy2(extra, place / extra.name)
        for name in files:
            _mix([(folder / name, weight) for folder, weight in parts], place / name)
    return target


def halfway(learner: LocalPolicy, candidate: LocalPolicy, folder: Path) -> LocalPolicy:
    """Return the policy halfway between two checkpoints of one start, kept in `folder`.

    Averaged weights keep more of what the learner could do (Wortsman et al. 2022, arXiv
    2109.01903).
    """
    target = folder / digest("halfway", learner.id, candidate.id)
    if not target.is_dir():
        soup([(candidate.folder, 0.5), (learner.folder, 0.5)], target)
    return candidate.at(target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadied:
    """Averages what a learner makes of a policy with that policy, except of the `start`.

    Over rounds this is a moving average of weights: what one round's lesson pushed aside by chance
    comes back, what all of them taught stays (Izmailov et al. 2018, arXiv 1803.05407). The start
    has learnt nothing yet that is worth keeping half of.
    """

    learner: Learner[LocalPolicy]
    start: LocalPolicy
    folder: Path
    """Where averages go."""

    @property
    def steps(self) -> int | None:
        """Training steps of the learner, where it counts them."""
        return getattr(self.learner, "steps", None)

    def improve(
        self, policy: LocalPolicy, examples: Sequence[Example], *, seed: int = 0
    ) -> LocalPolicy:
        """Return the policy halfway to what `learner` makes of it; of the `start`, all the way."""
        candidate = self.learner.improve(policy, examples, seed=seed)
        if policy.id in (self.start.id, candidate.id):
            return candidate
        return halfway(policy, candidate, self.folder)


def _files(folder: Path) -> list[str]:
    found = sorted(p.name for p in folder.glob(WEIGHTS))
    if not found:
        raise BadInput(f"{folder}: no .safetensors weights")
    return found


def _mix(parts: Sequence[tuple[Path, float]], target: Path) -> None:
    """Write one file's mean, a tensor at a time from disk."""
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import save_file

    with ExitStack() as stack:
        try:
            opened = [
                (path, stack.enter_context(safe_open(str(path), framework="pt")), weight)
                for path, weight in parts
            ]
        except (OSError, SafetensorError) as error:
            raise BadInput(f"{target.name}: the weights do not load ({error})") from None
        names = set(opened[0][1].keys())
        for path, file, _ in opened[1:]:
            if set(file.keys()) != names:
                odd = sorted(names ^ set(file.keys()))
                raise BadInput(f"{path}: tensor {odd[0]} is in one checkpoint and not in the other")
        mixed: Mapping[str, Any] = {name: _mean(name, opened) for name in sorted(names)}
        save_file(dict(mixed), str(target), metadata={"format": "pt"})


def _mean(name: str, opened: Sequence[tuple[Path, Any, float]]) -> Any:
    """Return the weighted mean of one tensor over the open files."""
    import torch

    first = opened[0][1].get_tensor(name)
    total = torch.zeros(first.shape, dtype=torch.float32)
    for path, file, weight in opened:
        tensor = file.get_tensor(name)
        same = tensor.is_floating_point() == first.is_floating_point()
        if tensor.shape != first.shape or not same:
            raise BadInput(
                f"{path}: tensor {name} is {tuple(tensor.shape)} {tensor.dtype}, "
                f"not {tuple(first.shape)} {first.dtype}"
            )
        if not tensor.is_floating_point():
            if not torch.equal(tensor, first):
                raise BadInput(f"{path}: tensor {name} holds other whole numbers")
            total = first
        else:
            total += weight * tensor.float()
    return total.to(first.dtype)
