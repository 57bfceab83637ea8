"""Where a question of ChemBench belongs: its topic, the skills it asks for, how hard it is.

All three are read from the keywords, so that no table beside the questions is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

TOPICS = {
    "Chemical Preference": ("chemical-preference",),
    "Toxicity/Safety": ("safety", "toxicology", "toxicity"),
    "General Chemistry": ("general-chemistry",),
    "Technical Chemistry": ("technical-chemistry",),
    "Organic Chemistry": ("organic-chemistry", "biochemistry", "pharmacology", "photochemistry"),
    "Analytical Chemistry": (
        "analytical-chemistry",
        "lab-observations",
        "qualitative-inorganic-analysis",
    ),
    "Inorganic Chemistry": ("inorganic-chemistry",),
    "Materials Science": ("materials-science", "polymer-chemistry", "solid-state-chemistry"),
    "Physical Chemistry": (
        "physical-chemistry",
        "quantum-chemistry",
        "computational-chemistry",
        "electrochemistry",
    ),
}
"""Keywords by topic; a question with keywords of several belongs to the first."""
OTHER = "Other"
SKILLS = ("Intuition", "Knowledge", "Reasoning", "Calculation")
LEVELS = ("basic", "advanced")
_LEVEL_KEYS = ("difficulty-", "dfficulty-")
"""The second is how 24 of the published questions spell it."""


def topic_of(keywords: Collection[str]) -> str:
    """Return the topic, or `OTHER` where no keyword tells."""
    known = set(keywords)
    return next((t for t, words in TOPICS.items() if known.intersection(words)), OTHER)


def skills_of(keywords: Collection[str]) -> str:
    """Return the skills asked for, joined by `+`, or nothing where none is stated."""
    return "+".join(s for s in SKILLS if f"requires-{s.lower()}" in keywords)


def level_of(keywords: Iterable[str]) -> int | None:
    """Return 1 for basic, 2 for advanced, None where nothing is stated."""
    said = {word.removeprefix(key) for word in keywords for key in _LEVEL_KEYS}
    return next((i for i, level in enumerate(LEVELS, 1) if level in said), None)
