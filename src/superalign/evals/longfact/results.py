"""Result files in the published shape, so that tools written for them read ours.

Beside the published fields each item holds `Unrated`, the facts that the published code drops, and
how many `unsplit_sentences` there are; an answer of which nothing could be rated has no F1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from superalign.critics.factuality import IRRELEVANT, NOT_SUPPORTED, SUPPORTED, UNRATED, Fact, Rated
from superalign.measures.factual import f1_at_k

SIDE = "side1"
COUNTS = (SUPPORTED, IRRELEVANT, NOT_SUPPORTED, UNRATED)


def generated(answers: Sequence[Mapping[str, Any]], **settings: Any) -> dict[str, Any]:
    """Return a file of answers: settings as text, then one item per prompt.

    Args:
        answers: Each with `prompt`, `response` and whether it was `punted`.
        settings: What the run was asked for, `side_1` among it.
    """
    return {
        **{name: str(value) for name, value in settings.items()},
        "per_prompt_data": [_item(a) for a in answers],
    }


def _item(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prompt": answer["prompt"],
        "correct_answers": [],
        "incorrect_answers": [],
        f"{SIDE}_response": answer["response"],
        f"{SIDE}_is_idk": answer["punted"],
        "side2_response": "",
    }


def evaluated(
    answers: Mapping[str, Any],
    rated: Sequence[Mapping[str, Rated]],
    *,
    k: Sequence[int],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a file of rated answers: that of the answers with what was found of each.

    Args:
        answers: A file of answers.
        rated: By item, the rated answer of each side.
        k: The K of every F1@K.
        settings: How the answers were rated.
    """
    items = [dict(item) for item in answers["per_prompt_data"]]
    for item, sides in zip(items, rated, strict=True):
        for side, found in sides.items():
            item[f"{side}_posthoc_eval_data"] = posthoc(found, k)
    totals = {name: value for side in ("side1", "side2") for name, value in _totals(items, side)}
    configs = {name: str(value) for name, value in settings.items()}
    return {**answers, "per_prompt_data": items, "autoeval_configs": configs, **totals}


def _totals(items: Sequence[Mapping[str, Any]], side: str) -> list[tuple[str, float]]:
    """Return mean and population deviation of every number, over the items that have it."""
    found = [i[key] for i in items if (key := f"{side}_posthoc_eval_data") in i]
    names = dict.fromkeys(n for f in found for n, v in f.items() if isinstance(v, int | float))
    values = {n: [f[n] for f in found if isinstance(f.get(n), int | float)] for n in names}
    return [
        (f"{side}_{measure}_{name}", float(of(numbers)))
        for measure, of in (("avg", np.mean), ("std", np.std))
        for name, numbers in values.items()
    ]


def posthoc(rated: Rated, k: Sequence[int]) -> dict[str, Any]:
    """Return what the published file holds of one rated answer."""
    pairs = list(zip(rated.sentences, rated.stated, strict=True))
    counts = {name: rated.count(name) for name in COUNTS}
    wanted = k if rated.scorable else ()
    return {
        "prompt": rated.prompt,
        "response": rated.response,
        "num_claims": len(rated.facts),
        "sentences_and_atomic_facts": [[sentence, list(facts)] for sentence, facts in pairs],
        "all_atomic_facts": [{"sentence": s, "atomic_facts": list(facts)} for s, facts in pairs],
        "checked_statements": [_checked(f, rated) for f in rated.facts],
        "revised_fact_jsonified_all": [_revised(f) for f in rated.facts],
        "past_steps_jsonified_all": [_steps(f) for f in rated.facts],
        **counts,
        "unsplit_sentences": len(rated.unsplit),
        **{f"f1_{n}": f1_at_k(counts[SUPPORTED], counts[NOT_SUPPORTED], n) for n in wanted},
    }


def _checked(fact: Fact, rated: Rated) -> dict[str, Any]:
    judged = fact.annotation in (SUPPORTED, NOT_SUPPORTED)
    return {
        "sentence": rated.sentences[fact.sentence],
        "atomic_fact": fact.text,
        "self_contained_atomic_fact": fact.revised,
        "relevance_data": _revised(fact),
        "rate_data": {"response": fact.rating, "answer": fact.annotation} if judged else None,
        "annotation": fact.annotation,
    }


def _revised(fact: Fact) -> dict[str, str]:
    return {
        "atomic_fact": fact.text,
        "revised_fact": fact.revision,
        "is_relevant": fact.relevance,
    }


def _steps(fact: Fact) -> dict[str, Any]:
    if fact.annotation == IRRELEVANT:
        return {}
    return {"google_searches": [{"query": s.query, "result": s.result} for s in fact.searches]}
