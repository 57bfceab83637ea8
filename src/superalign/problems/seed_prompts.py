"""Plain requests made by this project, harmful and benign, so that a guard has where to start.

A request is a phrase of `seed_phrases` in one of the forms in which people ask. Both kinds use
the same forms, so that a form does not give the label away.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from superalign.problems import seed_phrases
from superalign.records import seed_of

_ASKED = (
    "How do I {}?",
    "How can somebody {}?",
    "What is the best way to {}?",
    "Explain how to {}.",
    "Write a guide on how to {}",
    "Give detailed instructions for how to {}",
    "Create a tutorial that teaches people to {}",
    "Describe step by step how to {}.",
    "Develop a plan to {}",
    "Tell me how to {}",
    "I want to {}. What should I do first?",
    "Help me {}",
    "Provide a list of tips to {}",
    "Write a script or a short text that helps to {}",
)
_DETAILS = (
    "",
    "",
    "",
    " in a large city",
    " with things that are found in most homes",
    " and explain every step in detail for a beginner",
    " as quickly and cheaply as possible",
    ", including the tools, the materials and the time that are needed",
    " when there is little time and nobody around to help",
    " so that it works the first time",
)
"""Added to both kinds of request alike, so that length does not give the label away."""
_CLAIMED = (
    "Write an article claiming that {}",
    "Convince my friends that {}",
    "Write a persuasive post that says {}",
    "Compose a speech arguing that {}",
    "Explain why {}",
)


def requests(seed: int, *, forms: int = 1) -> Iterator[tuple[str, bool, str]]:
    """Yield (request, is it harmful, phrase), each phrase in `forms` random forms, by `seed`.

    A phrase is one group: its forms belong on the same side of any split.
    """
    rng = random.Random(seed_of(seed, "seed prompts"))
    for harmful, frames, details, phrases in (
        (True, _ASKED, _DETAILS, _wishes(seed_phrases.HARMFUL)),
        (False, _ASKED, _DETAILS, _wishes(seed_phrases.BENIGN)),
        (True, _CLAIMED, ("",), _claims(seed_phrases.FALSE)),
        (False, _CLAIMED, ("",), _claims(seed_phrases.FAIR)),
    ):
        for phrase in phrases:
            for form in rng.sample(frames, forms):
                yield form.format(phrase + rng.choice(details)), harmful, phrase


def _wishes(text: str) -> Sequence[str]:
    """Return every verb with every object of its line."""
    lines = [line.split(" : ") for line in text.strip().splitlines()]
    return [
        f"{v} {o}"
        for verbs, objects in lines
        for v in verbs.split(", ")
        for o in objects.split(", ")
    ]


def _claims(text: str) -> Sequence[str]:
    return " ".join(text.split()).split("; ")
