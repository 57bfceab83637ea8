"""LongFact answered by a model, or as recorded in a result file, and rated by SAFE."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from superalign.critics.factuality import Rated, Rater
from superalign.critics.factuality.search import Search
from superalign.critics.together import together
from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.longfact.answering import PUNTED, Answer, answers
from superalign.evals.longfact.config import LongFactConfig, config_of
from superalign.evals.longfact.factscore import FACTSCORE, check
from superalign.evals.longfact.prompts import items, prompts
from superalign.evals.longfact.results import evaluated, generated
from superalign.evals.longfact.summary import summarise
from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.problems.rows import read_document
from superalign.records import Policy, Problem

RESPONSES = "responses"
"""In place of a model: the answers in the result file that is the data."""
AT_A_TIME = 25
"""Answers that compat mode rates side by side, as published."""
SIDES = ("side1", "side2")
PLAYERS = (RESPONSES, FACTSCORE)
"""What stands in place of a model."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Answer, rate and score; what is done is kept in the folder, and the same command goes on.

    The folder then holds `responses.json` and `responses-SAFE.json`, in the published shape.

    Raises:
        BadInput: If a field, the data, the search or a model cannot be used.
        Unreachable: If a model's endpoint does not answer usably.
    """
    config = config_of(dict(asked.fields), asked.place)
    if asked.data is None:
        raise BadInput("longfact needs --data: LongFact's folder, a file of prompts, or results")
    if asked.model == FACTSCORE:
        return check(asked.data, seed=asked.seed)
    if asked.model == RESPONSES and not config.rater:
        raise BadInput("to rate recorded responses, name a model: --set rater=NAME")
    return asyncio.run(_run(config, asked, asked.data))


async def _run(config: LongFactConfig, asked: Asked, data: Path) -> dict[str, Any]:
    search = config.searching(asked.folder / "vectors")
    depends = {**config.model_dump(mode="json", exclude={"concurrency"}), "search_id": search.id}
    with asked.open(depends) as ledger:
        rater = config.rating(_rating_policy(config, asked), search, ledger, asked.seed)
        rate = _limited(rater, config)
        work = _recorded if asked.model == RESPONSES else _answered
        written, sides = await work(config, asked, data, rate, ledger)
    _write(asked.folder, config, search, written, sides)
    listed = written["per_prompt_data"]
    before = [f"{SIDES[0]}_posthoc_eval_data" in item for item in listed]
    new = [(p, f.get(SIDES[0])) for (p, f), old in zip(sides, before, strict=True) if not old]
    return {
        **summarise(new, k=config.k, seed=asked.seed),
        "mode": config.mode,
        "rated_before": sum(before),
        "punted": sum(PUNTED in (item.get(f"{SIDES[0]}_response") or "") for item in listed),
    }


Rate = Callable[[str, str], Awaitable[Rated]]
Sides = Sequence[tuple[Problem, dict[str, Rated]]]


async def _answered(
    config: LongFactConfig, asked: Asked, data: Path, rate: Rate, ledger: Ledger
) -> tuple[dict[str, Any], Sides]:
    """Have the model answer and rate each answer as soon as it is there."""
    problems = prompts(
        data,
        subset=config.subset,
        topics=config.topics,
        seed=config.shuffle,
        limit=min(asked.limit or config.prompts, config.prompts),
        detail=config.detail,
        sentences=config.sentences,
    )
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    asked.progress.begin("rate", len(problems) * asked.epochs)

    async def rated(answer: Answer) -> tuple[Answer, dict[str, Rated]]:
        text = answer.text
        found = {} if text is None else {SIDES[0]: await rate(answer.problem.prompt, text)}
        asked.progress.advance()
        return answer, found

    done = await answers(
        policy,
        problems,
        method=config.method,
        epochs=asked.epochs,
        seed=asked.seed,
        keep=ledger,
        then=rated,
    )
    listed = [
        {"prompt": a.problem.prompt, "response": a.text or "", "punted": a.punted} for a, _ in done
    ]
    settings = {"side_1": config.method, "side_2": "none", "responder_model": asked.model}
    taken = {"task": str(config.subset), "shuffle_data": config.shuffle is not None}
    written = generated(listed, **settings, **taken, max_num_examples=len(problems))
    return written, [(a.problem, found) for a, found in done]


async def _recorded(
    config: LongFactConfig, asked: Asked, data: Path, rate: Rate, ledger: Ledger
) -> tuple[dict[str, Any], Sides]:
    """Rate the answers of a result file; one that is rated already is left as it is."""
    document = read_document(data)
    listed = items(document, data)[: asked.limit or None]
    asked.progress.begin("rate", len(listed))

    async def rated(item: dict[str, Any]) -> tuple[Problem, dict[str, Rated]]:
        found = {
            side: await rate(item["prompt"], item[f"{side}_response"])
            for side in SIDES
            if item.get(f"{side}_response") and f"{side}_posthoc_eval_data" not in item
        }
        asked.progress.advance()
        return Problem.of(item["prompt"]), found

    sides = await together(rated(item) for item in listed)
    return {**document, "per_prompt_data": listed}, sides


def _rating_policy(config: LongFactConfig, asked: Asked) -> Policy:
    return asked.policy(
        config.rater or asked.model,
        temperature=config.rater_temperature,
        max_tokens=config.rater_tokens,
        cache="rated.sqlite",
        concurrency=config.concurrency,
    )


def _limited(rater: Rater, config: LongFactConfig) -> Rate:
    places = asyncio.Semaphore(AT_A_TIME) if config.mode == "compat" else nullcontext()

    async def rate(prompt: str, response: str) -> Rated:
        async with places:
            return await rater.rate(prompt, response)

    return rate


def _write(
    folder: Path, config: LongFactConfig, search: Search, written: dict[str, Any], sides: Sides
) -> None:
    settings = {**config.model_dump(mode="json"), "search_type": f"{config.search} {search.id}"}
    with writing(folder):
        write_json(folder / "responses.json", written)
        done = evaluated(written, [found for _, found in sides], k=config.k, settings=settings)
        write_json(folder / "responses-SAFE.json", done)
