"""Games of three kinds, made once for each seed and kept in a folder. TextWorld makes them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger.folder import writing

PATIENCE = 8000
"""Actions that the search for a quest looks at, at most; on some maps it would go on for hours."""
GEOGRAPHY = {"link", "free", "north_of", "west_of"}
"""Facts about a map, which no quest moves."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What TextWorld is asked for, how many commands its walkthrough may take, and the budgets."""

    challenge: str
    settings: Mapping[str, Any]
    walkthrough: range
    budget: int
    horizon: int
    rollout: int
    told: str
    """What a player is told beside the game's own words."""
    seeded: tuple[str, ...] = ()
    """Settings that take the seed as well."""


RECIPES: Mapping[str, Recipe] = {
    "coin": Recipe(
        "tw-coin_collector",
        {"level": 220},
        range(20, 21),
        budget=125,
        horizon=25,
        rollout=1,
        told="Find the coin and take it. Rooms that lead nowhere are not worth returning to.",
    ),
    "treasure": Recipe(
        "tw-treasure_hunter",
        {"mode": "hard", "rooms": 20, "length": 20},
        range(20, 21),
        budget=120,
        horizon=40,
        rollout=5,
        told="Take the right object. Taking a wrong one loses the game.",
    ),
    "cooking": Recipe(
        "tw-cooking",
        {
            "recipe": 5,
            "take": 5,
            "go": 12,
            "split": "test",
            "open": True,
            "cook": True,
            "cut": True,
            "drop": False,
        },
        range(45, 91),
        budget=240,
        horizon=80,
        rollout=5,
        told="Examine the cookbook for the recipe. A stove fries, an oven roasts, a BBQ grills. "
        "Prepare the meal when all is ready, and eat it.",
        seeded=("recipe_seed",),
    ),
}
"""As published (arXiv 2405.15143); the numbers are its environment steps."""


def library() -> Any:
    """Return TextWorld.

    Raises:
        BadInput: If it is not installed.
    """
    try:
        import textworld
        import textworld.challenges
    except ImportError as error:
        raise BadInput(
            f"these games are made by TextWorld ({error}): pip install 'superalign[textworld]'"
        ) from error
    return textworld


def made(kind: str, seed: int, folder: Path) -> Path:
    """Return the game of a kind and seed, made now if the folder has none.

    A seed whose game does not have the published length gives the game of the next one that does.

    Raises:
        BadInput: If TextWorld is not installed or the folder cannot be written.
    """
    path = folder / f"{kind}-{seed}.z8"
    if not path.exists():
        with writing(folder), unwarned():
            folder.mkdir(parents=True, exist_ok=True)
            _make(RECIPES[kind], seed, path)
    return path


@contextmanager
def unwarned() -> Iterator[None]:
    """Keep the interpreter from warning of every game that is no commercial one it knows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _make(recipe: Recipe, seed: int, path: Path) -> None:
    textworld = library()
    for drawn in count(seed * 1000):
        options = textworld.GameOptions()
        options.seeds = drawn
        options.grammar.only_last_action = True
        game = _game(textworld, recipe, options, drawn)
        if game is not None and len(game.walkthrough or ()) in recipe.walkthrough:
            break
    _compile(textworld, game, options, path)


def _game(textworld: Any, recipe: Recipe, options: Any, seed: int) -> Any:
    """Return the game of a seed, or None where no quest was found in time."""
    allowed, looked = options.chaining.check_action, count()

    def check(state: Any, action: Any) -> bool:
        if next(looked) >= PATIENCE:
            raise textworld.generator.chaining.QuestGenerationError
        return bool(allowed(state, action))

    options.chaining.check_action = check
    settings = {**recipe.settings, **dict.fromkeys(recipe.seeded, seed)}
    try:
        if recipe.challenge == "tw-treasure_hunter":
            return _treasure(settings, options)
        return textworld.challenges.CHALLENGES[recipe.challenge][1](settings, options)
    except textworld.generator.chaining.QuestGenerationError:
        return None


def _treasure(settings: Mapping[str, Any], options: Any) -> Any:
    """Return what the library makes at level 30, the same game for the same seed, only sooner.

    Its search asks after every action whether the map is still a map. No action moves a room, so
    the answer is always yes; but the asking takes the library minutes.
    """
    from textworld.challenges.tw_treasure_hunter import treasure_hunter
    from textworld.generator.data import KnowledgeBase

    options.kb = KnowledgeBase.load(treasure_hunter.KB_PATH)
    options.nb_rooms, options.quest_length = settings["rooms"], settings["length"]
    constraints = options.kb.logic.constraints
    for name, rule in [*constraints.items()]:
        if {fact.signature.name for fact in rule.preconditions} <= GEOGRAPHY:
            del constraints[name]
    return treasure_hunter.make_game(settings["mode"], options)


def _compile(textworld: Any, game: Any, options: Any, path: Path) -> None:
    """Compile under another name: what stands under its own is whole."""
    part = path.with_name(f"part-{os.getpid()}-{path.name}")
    options.path, options.force_recompile = str(part), True
    textworld.generator.compile_game(game, options)
    part.with_suffix(".json").replace(path.with_suffix(".json"))
    part.with_suffix(".ni").unlink(missing_ok=True)
    part.replace(path)
