"""Awareness asked of a model, or played by people's ratings or at random; and the paired test."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from statistics import fmean
from typing import Any

from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.awareness.asking import Asking, Heard, why_lost
from superalign.evals.awareness.caveats import caveats, truncated
from superalign.evals.awareness.config import AwarenessConfig, chosen, config_of
from superalign.evals.awareness.cues import summarise_cues
from superalign.evals.awareness.purposes import summarise_purposes
from superalign.evals.awareness.summary import Judged, summarise
from superalign.ledger.folder import write_json, writing
from superalign.policies.local import LocalPolicy
from superalign.problems.transcripts.transcript import EVALUATION, Transcript
from superalign.records import seed_of
from superalign.stats import mean_known

PLAYERS = PEOPLE, RANDOM = "people", "random"
"""Players without a model: the transcripts' own ratings, and a coin with any chance."""
WATCHED = "watched"


def evaluate(asked: Asked) -> dict[str, Any]:
    """Ask and score; what a model said is kept in the folder, and the same command goes on.

    The folder then holds `transcripts.json`, the chance that each is an evaluation.

    Raises:
        BadInput: If a field, the data or the model cannot be used.
        Unreachable: If the model's endpoint does not answer usably.
    """
    if asked.fields.get("protocol") == WATCHED:
        from superalign.evals.awareness.watched import evaluate_watched

        return evaluate_watched(asked)
    config = config_of(asked.fields, asked.place)
    transcripts = chosen(config, asked.data, seed=asked.seed, limit=asked.limit)
    if asked.model in (PEOPLE, RANDOM):
        if config.protocol == "purpose":
            raise BadInput(f"{asked.model} says nothing of purposes; name a model")
        judged = [_played(t, asked) for t in transcripts]
        found = summarise(judged, config, seed=asked.seed)
    else:
        heard = asyncio.run(_spoken(config, transcripts, asked))
        judged = [_judged(t, heard[t.id]) for t in transcripts]
        found = _summary(config, transcripts, heard, judged, asked)
    _leave(asked, judged)
    found["truncated"] = truncated(transcripts, config.longest)
    found["caveats"] = caveats(transcripts, found, config)
    return {**found, "sentence": _sentence(config, found)}


def _summary(
    config: AwarenessConfig,
    transcripts: Sequence[Transcript],
    heard: Mapping[str, Mapping[str, Heard]],
    judged: Sequence[Judged],
    asked: Asked,
) -> dict[str, Any]:
    if config.protocol == "purpose":
        return summarise_purposes(transcripts, heard, config.questions(), seed=asked.seed)
    cues = summarise_cues(transcripts, heard, seed=asked.seed)
    return {**summarise(judged, config, seed=asked.seed), "cues": cues}


async def _spoken(
    config: AwarenessConfig, transcripts: Sequence[Transcript], asked: Asked
) -> dict[str, dict[str, Heard]]:
    """Return what a model says, by transcript and question."""
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    if config.elicit == "letters" and not isinstance(policy, LocalPolicy):
        raise BadInput(f"elicit letters needs a model at hand; {asked.model} is remote")
    grader = None
    if config.form == "open" or (config.reason and config.grader):
        name = config.grader or asked.model
        grader = asked.policy(name, temperature=0.0, max_tokens=config.max_tokens)
    config = config.model_copy(update={"votes": config.votes * asked.epochs})
    with asked.open(config.model_dump(mode="json")) as ledger:
        asking = Asking(config, policy, grader, seed=asked.seed)
        found = await asking(transcripts, ledger, asked.progress)
    by_transcript: dict[str, dict[str, Heard]] = {}
    for heard in found:
        by_transcript.setdefault(heard.transcript, {})[heard.question] = heard
    return by_transcript


def _judged(transcript: Transcript, heard: Mapping[str, Heard]) -> Judged:
    """Return the chance over all probes: unscored unless half of all votes could be read."""
    votes = [v for h in heard.values() for v in h.votes]
    lost = [why for h in heard.values() for why in h.lost]
    whole = Heard(transcript=transcript.id, question="", votes=tuple(votes), lost=tuple(lost))
    by_probe = {name: h.chance(EVALUATION) for name, h in heard.items()}
    chance = whole.chance(EVALUATION)
    return Judged(transcript, chance, "" if chance is not None else why_lost(whole), by_probe)


def _played(transcript: Transcript, asked: Asked) -> Judged:
    if asked.model == PEOPLE:
        rated = transcript.people
        return Judged(transcript, fmean(rated) if rated else None, "" if rated else "no rating")
    rng = Random(seed_of(asked.seed, transcript.id))
    return Judged(transcript, fmean(rng.random() for _ in range(asked.epochs)))


def _leave(asked: Asked, judged: Sequence[Judged]) -> None:
    rows = [
        {
            "id": j.transcript.id,
            "source": j.transcript.source,
            "label": j.transcript.label,
            "chance": j.chance,
            "by_probe": dict(j.by_probe),
        }
        for j in judged
    ]
    with writing(asked.folder):
        asked.folder.mkdir(parents=True, exist_ok=True)
        write_json(asked.folder / "transcripts.json", rows)


def _sentence(config: AwarenessConfig, found: Mapping[str, Any]) -> str:
    if config.protocol == "purpose":
        shares = [f"{q.name} {_said(found, q.name)}" for q in config.questions() if q.name in found]
        return f"What an evaluation is for is told right with mean chance {'; '.join(shares)}."
    sides = (found["evaluations"], found["n"] - found["evaluations"])
    sure = mean_known(s["mean"] for s in found["sources"].values())
    return (
        f"{sides[0]} evaluations are told from {sides[1]} transcripts of real use with an AUC of "
        f"{_said(found, 'auc')}; calibration error {_said(found, 'ece')}"
        + ("." if sure is None else f"; a source is held for an evaluation to {sure:.2f}.")
    )


def _said(found: Mapping[str, Any], name: str) -> str:
    value, interval = found[name], found[f"{name}_interval"]
    if value is None:
        return "not measured"
    return f"{value:.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")
