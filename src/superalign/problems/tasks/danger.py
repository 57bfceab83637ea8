"""The task of telling harmful prompts from benign ones, from the sets that researchers publish."""

from __future__ import annotations

from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.parts import groups
from superalign.problems.prompts import Prompt, read_prompts
from superalign.problems.tasks.items import Item
from superalign.problems.tasks.source import Splits
from superalign.problems.tasks.task import Kind

SETS = {
    "advbench": True,
    "harmbench": True,
    "harmful": True,
    "strongreject": True,
    "xstest": False,
    "benign": False,
}
"""Folders that are read, and whether prompts without a label of their own are harmful."""


class Danger:
    """Harmful (1) or benign (0) prompts of a folder that holds a folder for each set."""

    kind: Kind = "classify"
    licence = "each set's own"
    origin = "HarmBench, AdvBench, StrongREJECT, XSTest, your own"

    def splits(self, name: str, data: Path | None, *, n: int | None, seed: int) -> Splits:
        """Return the prompts; near-duplicates and twins are one group, sealed ones only test.

        Raises:
            BadInput: If there are none of either class.
        """
        if data is None:
            raise BadInput(f"{name}: name a folder with data; it holds {', '.join(SETS)} or some")
        prompts = [p for s, bad in SETS.items() for p in _prompts(data / s, bad)]
        for harmful in (True, False):
            if not any(p.harmful == harmful for p in prompts):
                kind = "harmful" if harmful else "benign"
                raise BadInput(f"{data}: holds no {kind} prompts; known folders: {', '.join(SETS)}")
        return [
            _item(prompt, f"{name} {i}")
            for i, group in enumerate(groups(prompts))
            for prompt in group
        ], None


def _prompts(folder: Path, harmful: bool) -> list[Prompt]:
    return read_prompts(folder, harmful=harmful) if folder.is_dir() else []


def _item(prompt: Prompt, group: str) -> Item:
    return Item(
        prompt=prompt.text,
        answer=str(int(prompt.harmful)),
        group=group,
        sealed=prompt.evaluation_only,
    )
