"""OmniPlay played by the oracle, at random, by one sense, by a small learner, or by a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from superalign.critics.omniplay import OmniPlayGold
from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.omniplay.config import OmniPlayConfig, scenes
from superalign.evals.omniplay.summary import anchors, summarise
from superalign.evals.played import Played, heard
from superalign.games.omniplay import OmniPlay
from superalign.ledger.folder import write_text, writing
from superalign.problems.omniplay import players
from superalign.problems.omniplay.learned import GAME, learned_player
from superalign.problems.omniplay.play import Play, Task
from superalign.problems.omniplay.players import Player
from superalign.problems.omniplay.protocol import Scene, replay
from superalign.records import Episode, seed_of

LEARNED = "learned"
PLAYERS = (*players.PLAYERS, LEARNED)
"""Players without a model."""
PLAYS = "plays.jsonl"
"""Every play turn by turn: action, who lied, whether it mattered, who spoke for the action."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Play and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field or the model cannot be used, or a package is missing.
        Unreachable: If the model's endpoint does not answer usably.
    """
    if asked.data:
        raise BadInput("omniplay draws its games and takes no --data")
    config = asked.read(OmniPlayConfig)
    wanted = scenes(config, seed=asked.seed, limit=asked.limit)
    player = _player(asked.model, config)
    if player:
        played = {name: _simulated(player, some, asked) for name, some in wanted.items()}
    else:
        played = asyncio.run(_spoken(config, wanted, asked))
    _write(played, asked)
    tasks = [scene.task for scene in next(iter(wanted.values()))]
    return summarise(asked.model, played, anchors(tasks, asked.seed), seed=asked.seed)


def _player(model: str, config: OmniPlayConfig) -> Player | None:
    if model == LEARNED:
        if set(config.games) != {GAME}:
            raise BadInput(f"{LEARNED} has learnt {GAME} alone: --set 'games=[\"{GAME}\"]'")
        return learned_player
    return players.PLAYERS.get(model)


def _simulated(player: Player, some: Sequence[Scene], asked: Asked) -> list[Played[Task, Play]]:
    asked.progress.begin("play", len(some) * asked.epochs)
    found = []
    for scene in some:
        for epoch in range(asked.epochs):
            rng = Random(seed_of(asked.seed, "player", scene.task.id, epoch))
            found.append(Played(scene.task, player(*scene, rng)))
            asked.progress.advance(1)
    return found


async def _spoken(
    config: OmniPlayConfig, wanted: Mapping[str, Sequence[Scene]], asked: Asked
) -> dict[str, list[Played[Task, Play]]]:
    """Have a model play all scenes, many at once; each chunk is one idempotent step."""
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    every = [scene for some in wanted.values() for scene in some]
    asked.progress.begin("play", len(every) * asked.epochs)
    game = OmniPlay(every)
    found = {}
    with asked.open(config.model_dump(mode="json")) as ledger:
        for name, some in wanted.items():
            episodes = await asked.play(
                ledger,
                [scene.problem for scene in some],
                learner=policy,
                game=game,
                critic=OmniPlayGold(game),
                chunk=16,
            )
            found[name] = [_played(game, e) for e in episodes]
    return found


def _played(game: OmniPlay, episode: Episode) -> Played[Task, Play]:
    scene = game.scene(episode.problem.id)
    said = [m.reply.text for m in episode.moves]
    return heard(scene.task, episode, lambda: replay(scene, said))


def _write(played: Mapping[str, Sequence[Played[Task, Play]]], asked: Asked) -> None:
    """Leave a line for each play in the folder."""
    rows = [
        {
            "condition": name,
            "game": p.task.game,
            "level": p.task.level,
            "seed": p.task.seed,
            "error": p.error,
            "won": p.play and p.play.state.won,
            "raw": p.play and p.play.state.raw,
            "score": p.play and p.play.state.score,
            "steps": [s._asdict() for s in p.play.steps] if p.play else [],
        }
        for name, some in played.items()
        for p in some
    ]
    with writing(asked.folder):
        asked.folder.mkdir(parents=True, exist_ok=True)
        write_text(asked.folder / PLAYS, "".join(json.dumps(row) + "\n" for row in rows))
