"""The weak-to-strong grid against each of its cells by itself: CPU seconds, as ratios.

`frozen`: one training of all heads on features read once, against cells that each read the texts
and train their three probes by a plain loop. `finetuned`: one process that shares weak labels and
ceilings, against a process a cell that finetunes its three models in plain batches of 32. Of the
cells by themselves `--sample` are measured, and their mean stands for the rest.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import subprocess
import sys
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


def finetuned_grid(w: World, sizes: list[str], losses: list[str], seeds: int) -> dict[Cell, float]:
    """Finetune every model of the grid once: teachers, ceilings, students."""
    from superalign.learners.finetuning import Finetuning, Labels
    from superalign.policies.features import Checkpoint

    starts = {size: Checkpoint(size) for size in sizes}
    first, second, test = w.problems[: w.half], w.problems[w.half : 2 * w.half], w.problems[w.test]
    gold_first, gold_second = w.gold[: w.half], w.gold[w.half : 2 * w.half]

    def answers(size, loss, seed, problems, targets, asked) -> np.ndarray:
        labels = Labels(problems=problems, targets=targets)
        model, _ = Finetuning(loss=loss).fit(starts[size], labels, seed=seed)
        return model.probabilities(model.read(asked))

    weak, found = {}, {}
    for size, seed in itertools.product(sizes, range(seeds)):
        weak[size, seed] = answers(size, "xent", seed, first, gold_first, second)
        answers(size, "xent", seed, second, gold_second, test)
    for teacher, strong, name, seed in itertools.product(sizes, sizes, losses, range(seeds)):
        said = answers(strong, name, seed, second, weak[teacher, seed], test)
        found[Cell(teacher, strong, name, seed)] = accuracy(said, w)
    return found


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


def in_own_process(arguments: list[str]) -> tuple[float, dict[str, float]]:
    """Return the CPU seconds of this script run on `arguments`, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("--sizes", default="chains-50k,chains-200k,chains-800k")
    parser.add_argument("--losses", default="xent,confidence,product")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n", type=int, default=300, help="problems a half, and to test")
    parser.add_argument("--sample", type=int, default=3, help="cells measured by themselves")
    parser.add_argument("--only", choices=["frozen", "finetuned"])
    parser.add_argument("--cell", help="work through one cell, or the grid, and print accuracies")
    given = parser.parse_args()
    sizes, losses = given.sizes.split(","), given.losses.split(",")
    if given.cell:
        w = world(given.n)
        grid = given.cell == "grid"
        found = (
            finetuned_grid(w, sizes, losses, given.seeds)
            if grid
            else {given.cell: finetuned_cell(w, Cell(*json.loads(given.cell)))}
        )
        print(json.dumps({json.dumps(c) if grid else c: a for c, a in found.items()}))
        return
    cells = list(map(Cell._make, itertools.product(sizes, sizes, losses, range(given.seeds))))
    sample = random.Random(1).sample(cells, min(given.sample, len(cells)))
    for kind in [given.only] if given.only else ["frozen", "finetuned"]:
        compare(kind, given, cells, sample)


def compare(kind: str, given, cells: list[Cell], sample: list[Cell]) -> None:
    """Measure the grid and the sampled cells, and tell the ratio."""
    alone: dict[Cell, tuple[float, float]] = {}
    if kind == "frozen":
        w, found = world(given.n), {}
        frozen_cell(w, sample[0])
        args = (w, given.sizes.split(","), given.losses.split(","), given.seeds)
        together = seconds(lambda: found.update(frozen_grid(*args)))
        for cell in sample:
            kept: list[float] = []
            spent = seconds(lambda c=cell, k=kept: k.append(frozen_cell(w, c)))
            alone[cell] = (spent, kept[0])
    else:
        same = ["--sizes", given.sizes, "--losses", given.losses]
        same += ["--seeds", str(given.seeds), "--n", str(given.n)]
        together, printed = in_own_process([*same, "--cell", "grid"])
        found = {Cell(*json.loads(c)): a for c, a in printed.items()}
        for cell in sample:
            spent, one = in_own_process([*same, "--cell", json.dumps(cell)])
            alone[cell] = (spent, next(iter(one.values())))
    mean = sum(s for s, _ in alone.values()) / len(alone)
    tell(
        f"weak_to_strong_{kind}",
        ratio=round(mean * len(cells) / together, 1),
        target=FROZEN_TARGET if kind == "frozen" else FINETUNED_TARGET,
        cells=len(cells),
        measured_alone=len(alone),
        seconds={"grid": round(together, 1), "cell": spread([s for s, _ in alone.values()])},
        accuracy={
            "grid": spread([found[c] for c in sample]),
            "alone": spread([a for _, a in alone.values()]),
        },
    )


if __name__ == "__main__":
    main()
