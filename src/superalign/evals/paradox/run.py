"""The paradox measured: what a model makes, chooses, and says of what it made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from superalign.critics.made import Exact
from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.paradox.asking import asked_about
from superalign.evals.paradox.choosing import ballots, chosen
from superalign.evals.paradox.compared import agreement, beside_people
from superalign.evals.paradox.config import ParadoxConfig
from superalign.evals.paradox.config import chosen as chosen_items
from superalign.evals.paradox.making import critic_of, exact, made, with_hard
from superalign.evals.paradox.people import read_people
from superalign.evals.paradox.players import PLAYERS, Planted
from superalign.evals.paradox.rows import Row, rows, shown
from superalign.evals.paradox.sitting import Sitting
from superalign.evals.paradox.summary import summarise
from superalign.ledger.folder import write_text, writing
from superalign.policies.local import LocalPolicy
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.protocol import Style
from superalign.problems.paradox.worlds import WORLDS
from superalign.records import Policy
from superalign.stats import mean_known

ITEMS = "items.jsonl"
"""What each item came to, and what was made: people judge that, and write questions about it."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Have a model make, choose and answer; what it said is kept, and the same command goes on.

    Raises:
        BadInput: If a field, the data, a file of people's or a model cannot be used.
        Unreachable: If a model's endpoint does not answer usably.
    """
    config = asked.read(ParadoxConfig)
    found = chosen_items(config, asked.data, seed=asked.seed, limit=asked.limit)
    people = read_people(Path(config.people)) if config.people else None
    policy = _policy(config, asked)
    _check(config, policy, found, asked.model)
    style = Style(chats=_chats(policy), reason=config.reason)
    with asked.open(config.matters) as ledger:
        sitting = Sitting(
            config=config,
            asked=asked,
            ledger=ledger,
            policy=policy,
            style=style,
            items={i.id: i for i in found},
        )
        scored, summary = asyncio.run(_sit(sitting))
    _keep(asked.folder / ITEMS, scored)
    if people is not None:
        summary["people"] = beside_people(scored, people, seed=asked.seed)
    return summary


async def _sit(sitting: Sitting) -> tuple[list[Row], dict[str, Any]]:
    critic, gold = critic_of(sitting), exact(sitting)
    answers = await made(sitting, critic)
    sitting = replace(sitting, items=await with_hard(sitting, critic))
    picks = await chosen(sitting, "choose", ballots(sitting))
    written = await asked_about(sitting, answers)
    picks += await chosen(sitting, "answer", written.put)
    scored = rows(sitting.items, answers, picks)
    replies = [e.final for own in answers.values() for e in own]
    summary = {
        **summarise(scored, picks, seed=sitting.asked.seed),
        "questions": len(written.put),
        "questions_dropped": written.dropped,
        "tokens_making": mean_known(None if r.tokens is None else float(r.tokens) for r in replies),
        "select": "likelihood" if picks and not any(p.turn for p in picks) else "letter",
    }
    if not isinstance(critic, Exact):
        summary["judge"] = await agreement(sitting, critic, gold, answers)
    return scored, summary


def _policy(config: ParadoxConfig, asked: Asked) -> Policy:
    if asked.model in PLAYERS:
        return Planted(asked.model)
    return asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)


def _chats(policy: Policy) -> bool:
    return not isinstance(policy, LocalPolicy) or bool(policy.tokenizer.chat_template)


def _check(config: ParadoxConfig, policy: Policy, items: Sequence[Item], model: str) -> None:
    """Check that the model can see what it will be shown.

    Raises:
        BadInput: If it cannot.
    """
    drawn = any(WORLDS[i.world].pictures for i in items)
    if isinstance(policy, LocalPolicy) and (drawn or any(i.image for i in items)):
        raise BadInput(f"{model}: is shown pictures, and checkpoints here read text alone")
    if drawn and config.select == "likelihood":
        raise BadInput("a picture has no likelihood; leave 'select' out")


def _keep(path: Path, scored: Sequence[Row]) -> None:
    lines: list[Mapping[str, Any]] = [shown(r) for r in scored]
    with writing(path.parent):
        write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
