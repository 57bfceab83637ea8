"""From the name of a model to a critic, its audit, and the red lines that it crosses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.critics.audit.cases import Case
from superalign.critics.audit.keyed import keyed_cases
from superalign.critics.audit.measures import Judged
from superalign.critics.audit.red_lines import red_lines, table
from superalign.critics.audit.run import Bench, audit
from superalign.critics.audit.world import STANDARD, chains_cases
from superalign.critics.gold import Gold
from superalign.critics.oracle import Oracle
from superalign.critics.pairwise import Pairwise
from superalign.critics.protocol import Critic
from superalign.critics.rubric import Rubric
from superalign.critics.standards import RIGHT
from superalign.ledger.folder import write_json, write_text, writing
from superalign.measures.lines import Line
from superalign.policies.remote import RemotePolicy, is_remote
from superalign.problems.files import load_problems
from superalign.records import Policy, digest, seed_of
from superalign.report.terminal import watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user asked for."""

    model: str
    problems: str
    base_url: str
    n: int
    """Problems to audit on, at most."""
    seed: int
    out: Path | None
    quiet: bool
    timeout: int = 120


def audit_critic(asked: Asked) -> tuple[dict[str, Any], str]:
    """Audit a critic; return what was measured and the table of red lines.

    `audit.json` and `cases.jsonl` are left in the folder. Replies of a remote model are kept
    there as they come, so that the same command goes on where it stopped.

    Raises:
        BadInput: If the model, the problems or the folder cannot be used.
        Unreachable: If an endpoint does not answer usably.
    """
    folder = asked.out or Path("runs") / f"audit-{_slug(asked)}"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    standard = RIGHT if asked.problems else STANDARD
    bench = open_bench(asked, standard, folder / "replies.sqlite")
    cases, truth = _cases(asked, bench.prose)
    with watch(plain=asked.quiet) as progress:
        found, judged = asyncio.run(audit(bench, cases, truth, progress))
    lines = red_lines(found)
    crossed = [line.name for line in lines if line.crossed]
    summary = {
        "model": asked.model,
        "critic": {"id": bench.critic.id, "kind": type(bench.critic).__name__},
        "problems": asked.problems or "chains",
        "seed": asked.seed,
        **found,
        "red_lines": [line._asdict() for line in lines],
        "crossed": crossed,
        "folder": str(folder),
    }
    _leave(folder, summary, judged)
    return summary, f"{table(lines)}\n{_sentence(asked, bench, lines)}\nDetails: {folder}"


def open_bench(asked: Asked, standard: str, cache: Path) -> Bench:
    """Return the critic that a model is, and what else an audit needs of it.

    A remote model, or a checkpoint that can be spoken to, judges by a rubric; a reward checkpoint
    by its reward; any other checkpoint by the likelihoods of lines, trained to that or not.

    Raises:
        BadInput: If the model cannot be used.
    """
    if is_remote(asked.model) and not Path(asked.model).is_dir():
        base, timeout = asked.base_url or None, asked.timeout
        return _judge(
            RemotePolicy(asked.model, base_url=base, cache=cache, timeout=timeout), standard, asked
        )
    from superalign.critics.process_reward import ProcessReward
    from superalign.critics.reward_model import RewardModel
    from superalign.policies.local import LocalPolicy
    from superalign.policies.rewards import form_of

    policy = LocalPolicy(asked.model.removeprefix("hf://"), max_new_tokens=1024)
    if form_of(policy.folder):
        critic: Critic = RewardModel(policy.folder)
    elif policy.tokenizer.chat_template and not _reads_lines(policy.folder):
        return _judge(policy, standard, asked)
    else:
        critic = ProcessReward(policy.folder, policy)
    return Bench(critic=critic, again=critic, prose=False)


def _judge(policy: Policy, standard: str, asked: Asked) -> Bench:
    first, second = seed_of(asked.seed, "first"), seed_of(asked.seed, "second")
    return Bench(
        critic=Rubric(policy, standard=standard, seed=first),
        again=Rubric(policy, standard=standard, seed=second),
        pairs=Pairwise(policy, standard=standard, k=1, seed=first),
    )


def _reads_lines(folder: Path) -> bool:
    return "line_scale" in json.loads((folder / "config.json").read_text())


def _cases(asked: Asked, prose: bool) -> tuple[list[Case], Critic]:
    if not asked.problems:
        return chains_cases(asked.n, seed=asked.seed, prose=prose), Oracle()
    problems, key = load_problems(asked.problems, limit=asked.n)
    return keyed_cases(problems, key, seed=asked.seed, prose=prose), Gold(key)


def _slug(asked: Asked) -> str:
    name = re.sub(r"\W+", "-", Path(asked.model).name).strip("-")
    return f"{name}-{digest(asked.model, asked.problems, asked.base_url, asked.n)[:6]}-{asked.seed}"


def _sentence(asked: Asked, bench: Bench, lines: Sequence[Line]) -> str:
    who = f"{asked.model} as {type(bench.critic).__name__}"
    crossed = sum(line.crossed is True for line in lines)
    unknown = sum(line.crossed is None for line in lines)
    rest = f"; {unknown} could not be measured" if unknown else ""
    if not crossed:
        return f"{who} crosses no red line{rest}."
    return f"{who} crosses {crossed} red lines{rest}: do not train on its verdicts."


def _leave(folder: Path, summary: Mapping[str, Any], judged: list[Judged]) -> None:
    rows = [
        {"probe": c.probe, "kind": c.kind, "right": c.right, "episode": e.model_dump(mode="json")}
        for c, v in judged
        for e in [c.episode.judged(v)]
    ]
    with writing(folder):
        write_text(folder / "cases.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        write_json(folder / "audit.json", summary)
