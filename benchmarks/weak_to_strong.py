"""The weak-to-strong grid against each of its cells by itself, as ratios.

`frozen`, in CPU seconds: one training of all heads on features read once, against cells that each
read the texts and train their three probes by a plain loop. `finetuned`: a grid that shares weak
labels and ceilings and trains on every core, against a process a cell, one after the other, that
finetunes its three models in plain batches of 32 with torch's own threads; in seconds that a person
waits, and in CPU seconds. Of the cells by themselves `--sample` are measured, and their mean stands
for the rest.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import resource
import subprocess
import sys
import time
from functools import cache
from statistics import mean
from typing import NamedTuple

import numpy as np

from paired import options, seconds, spread, tell
from superalign.problems.chains import check
from superalign.problems.chains_corpus import document
from superalign.records import Problem

FROZEN_TARGET, FINETUNED_TARGET = 30.0, 8.0
EPOCHS, LR = 30, 1e-2


class Cell(NamedTuple):
    """One student of one teacher."""

    weak: str
    strong: str
    loss: str
    seed: int


class World(NamedTuple):
    """Solutions of `chains` and whether they are right; a half each for teacher and student."""

    problems: list[Problem]
    gold: np.ndarray
    half: int
    test: slice


def world(n: int) -> World:
    """Return n solutions for each half and n to test, equally often right and wrong."""
    rng, found = random.Random(0), {True: [], False: []}
    while min(map(len, found.values())) < 3 * n // 2:
        problem, text = document(rng.randint(1, 4), rng)
        right = check(problem.prompt, text).right
        found[right].append((Problem.of(f"{problem.prompt}{text}"), right))
    rows = found[True][: 3 * n // 2] + found[False][: 3 * n // 2]
    rng.shuffle(rows)
    gold = np.eye(2)[[int(right) for _, right in rows]]
    return World([p for p, _ in rows], gold, n, slice(2 * n, 3 * n))


def frozen_grid(w: World, sizes: list[str], losses: list[str], seeds: int) -> dict[Cell, float]:
    """Train every cell's heads side by side; return each student's accuracy."""
    from superalign.learners.heads import Head, train_heads
    from superalign.policies.features import body

    first, second = np.arange(w.half), np.arange(w.half, 2 * w.half)
    kept = {s: body(s).features([p.prompt for p in w.problems]) for s in sizes}
    weak, found = {}, {}
    for size, x in kept.items():
        heads = [Head(rows=first, targets=w.gold[first], seed=s) for s in range(seeds)]
        for s, chances in enumerate(train_heads(x, heads).probabilities(x)):
            weak[size, s] = chances
    for strong, x in kept.items():
        cells = [Cell(t, strong, k, s) for (t, s), k in itertools.product(weak, losses)]
        heads = [
            Head(rows=second, targets=weak[c.weak, c.seed][second], loss=c.loss, seed=c.seed)
            for c in cells
        ]
        heads += [Head(rows=second, targets=w.gold[second], seed=s) for s in range(seeds)]
        chances = train_heads(x, heads).probabilities(x[w.test])
        found |= {c: accuracy(p, w) for c, p in zip(cells, chances, strict=False)}
    return found


def frozen_cell(w: World, cell: Cell) -> float:
    """Read the texts and train the three probes of one cell by a plain loop."""
    from superalign.policies.features import body

    texts = [p.prompt for p in w.problems]
    weak_x, strong_x = (body(name).features(texts) for name in (cell.weak, cell.strong))
    first, second = slice(0, w.half), slice(w.half, 2 * w.half)
    weak = plain_probe(weak_x, first, w.gold[first], "xent", cell.seed)
    student = plain_probe(strong_x, second, weak[second], cell.loss, cell.seed)
    plain_probe(strong_x, second, w.gold[second], "xent", cell.seed)
    return accuracy(student[w.test], w)


def plain_probe(
    x: np.ndarray, rows: slice, targets: np.ndarray, name: str, seed: int
) -> np.ndarray:
    import torch

    from superalign.learners.confidence_losses import loss

    x = torch.tensor((x - x.mean(0)) / x.std(0))
    learnt, weak = x[rows], torch.tensor(targets, dtype=torch.float32)
    head, made = torch.nn.Linear(x.shape[1], 2), loss(name)
    optimiser = torch.optim.Adam(head.parameters(), lr=LR)
    order = torch.Generator().manual_seed(seed)
    for epoch in range(EPOCHS):
        for at in torch.randperm(len(learnt), generator=order).split(128):
            optimiser.zero_grad()
            made(head(learnt[at]), weak[at], epoch / EPOCHS).mean().backward()
            optimiser.step()
    return head(x).softmax(-1).detach().numpy()


class Model(NamedTuple):
    """A model of the grid: what it starts from, learns and is asked."""

    size: str
    loss: str
    seed: int
    problems: list[Problem]
    targets: np.ndarray
    asked: list[Problem]


def answers(model: Model, progress: object = None) -> np.ndarray:
    """Finetune a model and return what it says."""
    from superalign.learners.finetuning import Finetuning, Labels

    labels = Labels(problems=model.problems, targets=model.targets)
    trained, _ = Finetuning(loss=model.loss).fit(start(model.size), labels, seed=model.seed)
    return trained.probabilities(trained.read(model.asked))


@cache
def start(size: str):
    """Return a checkpoint that the models of a process share, each text cut once."""
    from superalign.policies.features import Checkpoint

    return Checkpoint(size)


def finetuned_grid(
    w: World, sizes: list[str], losses: list[str], seeds: int, workers: int
) -> dict[Cell, float]:
    """Finetune every model of the grid once: teachers and ceilings, then students."""
    from superalign.scale import spread as over

    first, second, test = w.problems[: w.half], w.problems[w.half : 2 * w.half], w.problems[w.test]
    gold_first, gold_second = w.gold[: w.half], w.gold[w.half : 2 * w.half]
    pairs = list(itertools.product(sizes, range(seeds)))
    models = [Model(s, "xent", seed, first, gold_first, second) for s, seed in pairs]
    models += [Model(s, "xent", seed, second, gold_second, test) for s, seed in pairs]
    weak = dict(zip(pairs, over(answers, models, workers=workers), strict=False))
    cells = list(map(Cell._make, itertools.product(sizes, sizes, losses, range(seeds))))
    students = [Model(c.strong, c.loss, c.seed, second, weak[c.weak, c.seed], test) for c in cells]
    said = over(answers, students, workers=workers)
    return {c: accuracy(s, w) for c, s in zip(cells, said, strict=True)}


def finetuned_cell(w: World, cell: Cell) -> float:
    """Finetune the three models of one cell in plain batches of 32."""
    first, second = slice(0, w.half), slice(w.half, 2 * w.half)
    weak = plain_model(w, cell.weak, first, w.gold[first], "xent", cell.seed, second)
    student = plain_model(w, cell.strong, second, weak, cell.loss, cell.seed, w.test)
    plain_model(w, cell.strong, second, w.gold[second], "xent", cell.seed, w.test)
    return accuracy(student, w)


def plain_model(w, name, rows, targets, loss_name, seed, asked) -> np.ndarray:
    import torch

    from superalign.learners.confidence_losses import loss
    from superalign.policies.checkpoints import load_model, load_tokenizer, locate

    torch.set_num_threads(os.cpu_count() or 1)

    folder, made = locate(name), loss(loss_name)
    tokenizer, body = load_tokenizer(folder), load_model(folder, "AutoModel")
    head = torch.nn.Linear(body.config.hidden_size, 2)
    torch.nn.init.zeros_(head.weight)
    read, order = {"padding_side": "right", "return_tensors": "pt"}, torch.Generator()

    def tokens(part: slice) -> list[list[int]]:
        return tokenizer([p.prompt for p in w.problems[part]])["input_ids"]

    def logits(texts: list[list[int]]) -> torch.Tensor:
        padded = tokenizer.pad({"input_ids": texts}, **read)
        hidden = body(padded.input_ids, attention_mask=padded.attention_mask)[0]
        return head(hidden[torch.arange(len(texts)), padded.attention_mask.sum(1) - 1])

    learnt, weak = tokens(rows), torch.tensor(targets, dtype=torch.float32)
    steps = 2 * -(-len(learnt) // 32)
    weights = [*body.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=5e-4, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    order.manual_seed(seed)
    batches = [a for _ in "ab" for a in torch.randperm(len(learnt), generator=order).split(32)]
    for step, at in enumerate(batches):
        made(logits([learnt[i] for i in at]), weak[at], step / steps).mean().backward()
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
    asked_tokens = tokens(asked)
    with torch.inference_mode():
        parts = [logits(asked_tokens[i : i + 32]) for i in range(0, len(asked_tokens), 32)]
    return torch.cat(parts).softmax(-1).numpy()


def accuracy(chances: np.ndarray, w: World) -> float:
    """Return the share of test solutions judged rightly."""
    return float((chances.argmax(1) == w.gold[w.test].argmax(1)).mean())


class Spent(NamedTuple):
    """What a process took."""

    waited: float
    cpu: float
    printed: dict[str, float]


def in_own_process(arguments: list[str]) -> Spent:
    """Run this script on `arguments` in a process of its own."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True)
    after, waited = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(waited, cpu, json.loads(ran.stdout.splitlines()[-1]))


def main() -> None:
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("--sizes", default="chains-50k,chains-200k,chains-800k")
    parser.add_argument("--losses", default="xent,confidence,product")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n", type=int, default=300, help="problems a half, and to test")
    parser.add_argument("--sample", type=int, default=3, help="cells measured by themselves")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of the grid")
    parser.add_argument("--only", choices=["frozen", "finetuned"])
    parser.add_argument("--cell", help="work through one cell, or the grid, and print accuracies")
    given = parser.parse_args()
    sizes, losses = given.sizes.split(","), given.losses.split(",")
    if given.cell:
        w = world(given.n)
        grid = given.cell == "grid"
        found = (
            finetuned_grid(w, sizes, losses, given.seeds, given.workers)
            if grid
            else {given.cell: finetuned_cell(w, Cell(*json.loads(given.cell)))}
        )
        print(json.dumps({json.dumps(c) if grid else c: a for c, a in found.items()}))
        return
    cells = list(map(Cell._make, itertools.product(sizes, sizes, losses, range(given.seeds))))
    sample = random.Random(1).sample(cells, min(given.sample, len(cells)))
    if given.only != "finetuned":
        compare_frozen(given, cells, sample)
    if given.only != "frozen":
        compare_finetuned(given, cells, sample)


def compare_frozen(given, cells: list[Cell], sample: list[Cell]) -> None:
    w, found = world(given.n), {}
    frozen_cell(w, sample[0])
    args = (w, given.sizes.split(","), given.losses.split(","), given.seeds)
    together = seconds(lambda: found.update(frozen_grid(*args)))
    right: list[float] = []
    alone = [seconds(lambda c=cell: right.append(frozen_cell(w, c))) for cell in sample]
    tell(
        "weak_to_strong_frozen",
        ratio=round(mean(alone) * len(cells) / together, 1),
        target=FROZEN_TARGET,
        cells=len(cells),
        measured_alone=len(sample),
        seconds={"grid": round(together, 1), "cell": spread(alone)},
        accuracy={"grid": spread([found[c] for c in sample]), "alone": spread(right)},
    )


def compare_finetuned(given, cells: list[Cell], sample: list[Cell]) -> None:
    same = ["--sizes", given.sizes, "--losses", given.losses, "--seeds", str(given.seeds)]
    same += ["--n", str(given.n), "--workers", str(given.workers), "--cell"]
    grid = in_own_process([*same, "grid"])
    found = {Cell(*json.loads(c)): a for c, a in grid.printed.items()}
    alone = [in_own_process([*same, json.dumps(cell)]) for cell in sample]
    tell(
        "weak_to_strong_finetuned",
        ratio=round(mean(a.waited for a in alone) * len(cells) / grid.waited, 1),
        cpu_ratio=round(mean(a.cpu for a in alone) * len(cells) / grid.cpu, 1),
        target=FINETUNED_TARGET,
        cells=len(cells),
        workers=given.workers,
        measured_alone=len(sample),
        waited={"grid": round(grid.waited, 1), "cell": spread([a.waited for a in alone])},
        cpu={"grid": round(grid.cpu, 1), "cell": spread([a.cpu for a in alone])},
        accuracy={
            "grid": spread([found[c] for c in sample]),
            "alone": spread([next(iter(a.printed.values())) for a in alone]),
        },
    )


if __name__ == "__main__":
    main()
