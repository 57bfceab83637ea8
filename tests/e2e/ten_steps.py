"""Ten dependent steps in a run directory, each with an effect outside it; killed by its test.

Usage: ten_steps.py FOLDER EFFECTS. Appends a step's number to EFFECTS whenever the step is made,
prints `done NUMBER` when it is recorded, and at the end one line of JSON with all results.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

from superalign.ledger import Ledger, atomic_folder
from superalign.records import Episode, Outcome, Problem, Verdict, digest, seed_of


async def steps(ledger: Ledger, effects: Path) -> list[object]:
    results: list[object] = []
    for number in range(10):
        rng = random.Random(seed_of(number, results))

        async def train(number=number, rng=rng):
            await note(effects, number)
            with atomic_folder(ledger.checkpoints / digest(number)) as folder:
                (folder / "weights").write_bytes(rng.randbytes(20_000))
            return {"step": number, "loss": rng.random()}

        async def answer(number=number, rng=rng):
            await note(effects, number)
            problems = [Problem.of(f"{number}:{i}") for i in range(100)]
            rng.shuffle(problems)
            said = Verdict(critic="c", outcome=Outcome.PASS, confidence=rng.random())
            return [Episode.of(p, "solo", number, ()).judged(said) for p in problems]

        if number % 2:
            episodes = await ledger.play("answer", (number, results), answer)
            results.append([e.model_dump(mode="json") for e in episodes])
        else:
            results.append(await ledger.once("train", (number, results), train))
        say(f"done {number}")
    return results


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def note(effects: Path, number: int) -> None:
    """Leave the effect in the middle of a step that is long enough to be killed on either side."""
    await asyncio.sleep(0.015)
    with effects.open("a") as file:
        file.write(f"{number}\n")
    await asyncio.sleep(0.015)


if __name__ == "__main__":
    with Ledger.open(Path(sys.argv[1]), {"steps": 10}, seed=0) as run:
        say(json.dumps(asyncio.run(steps(run, Path(sys.argv[2])))))
