"""Where the time of the recipe `chains` goes: the share inside model compute, and the rest by part.

Runs the arm `critic` of a preset in this process and adds up the CPU seconds of each part, time in
nested parts counted once, in the innermost. Model compute is forward, loss, backward, optimiser,
and decoding (sampling from logits, cache); what training and sampling prepare for it is not.
"""

from __future__ import annotations

import functools
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paired import options, spread, tell

COMPUTE = ("forward", "loss", "backward", "optimiser", "decoding")
TARGET = 0.85


class Parts:
    """CPU seconds by part of the program; each thread keeps its own account."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._mine = threading.local()

    def watch(self, part: str, owner: Any, *names: str) -> None:
        """Count the time inside functions or methods of `owner` as `part`."""
        for name in names:
            setattr(owner, name, self._timed(part, getattr(owner, name)))

    def _timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(self._mine, "inside", 0.0)
            self._mine.inside = 0.0
            begin = time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                spent = time.thread_time() - begin
                self.seconds[part] += spent - self._mine.inside
                self._mine.inside = outer + spent

        return timed


def watched() -> Parts:
    """Return an account of everything that a run spends time on."""
    import torch
    from transformers import LlamaForCausalLM

    from superalign.critics import process_reward as reading
    from superalign.learners import optimise, process_reward, sft
    from superalign.ledger.store import Store
    from superalign.policies import local
    from superalign.recipes.chains import arm as chains_arm

    parts = Parts()
    parts.watch("forward", LlamaForCausalLM, "forward")
    parts.watch("loss", sft, "next_token")
    parts.watch("loss", process_reward, "line_labels")
    parts.watch("backward", torch.Tensor, "backward")
    parts.watch("optimiser", torch.optim.AdamW, "step", "zero_grad")
    parts.watch("optimiser", torch.nn.utils, "clip_grad_norm_")
    parts.watch("decoding", local, "decode")
    parts.watch("training batches", optimise, "pad", "cut")
    parts.watch("training rows", sft, "reply_row")
    parts.watch("training rows", process_reward, "rows_of")
    parts.watch("reading steps", reading.ProcessReward, "chances")
    parts.watch("verdicts", reading.ProcessReward, "_verdicts", "rejudge")
    parts.watch("tokens", local.LocalPolicy, "encode", "reply")
    parts.watch("ledger", Store, "finish", "played", "result", "steps")
    parts.watch("load and save", process_reward, "load_model", "save")
    parts.watch("load and save", optimise, "load_model", "save")
    parts.watch("load and save", local, "load_model", "load_tokenizer", "fingerprint")
    parts.watch("gold", chains_arm.chains, "check")
    parts.watch("measures", chains_arm, "critic_measures")
    parts.watch("drawing", chains_arm, "draw")
    return parts


def main() -> None:
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("--preset", default="quick")
    given = parser.parse_args()

    from superalign.progress import Progress
    from superalign.recipes.chains.arm import ArmTask, run_arm
    from superalign.recipes.chains.config import chains

    config = chains(given.preset, organism=given.organism, arms=["critic"])
    parts, shares, walls = watched(), [], []
    rest: defaultdict[str, list[float]] = defaultdict(list)
    for seed in range(given.rounds):
        parts.seconds.clear()
        with tempfile.TemporaryDirectory() as folder:
            task = ArmTask("critic", config, Path(folder) / "run" / "arms" / "critic", seed)
            cpu, wall = time.process_time(), time.perf_counter()
            run_arm(task, Progress())
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        walls.append(wall)
        shares.append(sum(parts.seconds[p] for p in COMPUTE) / cpu)
        parts.seconds["other"] = cpu - sum(parts.seconds.values())
        for part, spent in parts.seconds.items():
            rest[part].append(spent / cpu)
    ordered = sorted(rest.items(), key=lambda item: -max(item[1]))
    tell(
        "loop_time",
        share_in_model_compute=spread(shares),
        target=TARGET,
        rounds=given.rounds,
        preset=given.preset,
        wall_seconds=spread(walls),
        parts={part: spread(found) for part, found in ordered},
    )


if __name__ == "__main__":
    main()
