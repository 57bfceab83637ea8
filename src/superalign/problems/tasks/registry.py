"""Every task by name: the 22 of Burns et al. 2023, others that are read, and the two worlds'."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.rows import read_rows
from superalign.problems.tasks.choices import CHOICES
from superalign.problems.tasks.danger import Danger
from superalign.problems.tasks.items import assemble
from superalign.problems.tasks.moves import mate_examples, mate_in_one, numbered_game
from superalign.problems.tasks.opinions import Legal, policy_clause, preferred, toxic
from superalign.problems.tasks.source import Hub, Open, Read, Rows, Source, labelled_beside
from superalign.problems.tasks.statements import STATEMENTS
from superalign.problems.tasks.task import Task
from superalign.problems.tasks.worlds import WORLDS

_VALIDATED = "validation"
"""The split that is tested on where the hub's test split has no labels."""
_HUBS = {
    "anli-r2": (Hub(id="facebook/anli", train=("train_r2",), test="test_r2"), "CC BY-NC 4.0"),
    "boolq": (Hub(id="google/boolq", test=_VALIDATED), "CC BY-SA 3.0"),
    "cola": (Hub(id="nyu-mll/glue", config="cola", test=_VALIDATED), ""),
    "cosmosqa": (Hub(id="allenai/cosmos_qa", test=_VALIDATED), "CC BY 4.0"),
    "dream": (Hub(id="dataset-org/dream"), ""),
    "ethics-deontology": (Hub(id="hendrycks/ethics", config="deontology"), "MIT"),
    "ethics-justice": (Hub(id="hendrycks/ethics", config="justice"), "MIT"),
    "ethics-utilitarianism": (Hub(id="hendrycks/ethics", config="utilitarianism"), "MIT"),
    "ethics-virtue": (Hub(id="hendrycks/ethics", config="virtue"), "MIT"),
    "hellaswag": (Hub(id="Rowan/hellaswag", test=_VALIDATED), "MIT"),
    "mc-taco": (Hub(id="CogComp/mc_taco", train=("test",), test=_VALIDATED), ""),
    "multirc": (Hub(id="aps/super_glue", config="multirc", test=_VALIDATED), ""),
    "openbookqa": (Hub(id="allenai/openbookqa", config="main"), "Apache-2.0"),
    "paws": (Hub(id="google-research-datasets/paws", config="labeled_final"), ""),
    "piqa": (Hub(id="ybisk/piqa", test=_VALIDATED), "AFL-3.0"),
    "quail": (Hub(id="textmachinelab/quail", test=_VALIDATED), ""),
    "quartz": (Hub(id="allenai/quartz"), "CC BY 4.0"),
    "sciq": (
        Hub(id="allenai/sciq", train=("train", "validation", "test"), test=None),
        "CC BY-NC 3.0",
    ),
    "social-i-qa": (Hub(id="allenai/social_i_qa", test=_VALIDATED), ""),
    "sst2": (Hub(id="stanfordnlp/sst2", test=_VALIDATED), ""),
    "twitter-sentiment": (Hub(id="EleutherAI/twitter-sentiment"), ""),
    "wic": (Hub(id="aps/super_glue", config="wic", test=_VALIDATED), ""),
}
"""Where the 22 tasks are, and under which licence as far as their source states one."""
BURNS = tuple(sorted(_HUBS))
"""Names of the 22 tasks of Burns et al. 2023, appendix A.1."""
_LEGAL = "legal-"
"""How the name of one LegalBench task begins; the name of its file follows."""

_READ: Mapping[str, Read] = {**STATEMENTS, **CHOICES}
_OPENED: Mapping[str, Open] = {"piqa": labelled_beside}

TASKS: dict[str, Source] = {
    **{
        name: Rows(read=_READ[name], hub=hub, licence=licence, opened=_OPENED.get(name, read_rows))
        for name, (hub, licence) in _HUBS.items()
    },
    "toxicity": Rows(
        read=toxic,
        hub=Hub(id="tdavidson/hate_speech_offensive", test=None),
        licence="MIT",
    ),
    "privacy-policy-qa": Rows(
        read=policy_clause,
        hub=Hub(id="nguha/legalbench", config="privacy_policy_qa"),
        licence="MIT",
    ),
    "hh-rlhf": Rows(kind="compare", read=preferred, hub=Hub(id="Anthropic/hh-rlhf"), licence="MIT"),
    "mate-in-one": Rows(
        kind="generate", read=mate_in_one, opened=mate_examples, licence="Apache-2.0"
    ),
    "lichess": Rows(
        kind="generate",
        read=numbered_game,
        hub=Hub(id="EleutherAI/lichess-puzzles", test=None),
        licence="CC0",
    ),
    "legal-clauses": Legal(None),
    "danger": Danger(),
    **WORLDS,
}
"""By name; `legal-` and the name of a LegalBench file is a task too."""


def source_of(name: str) -> Source:
    """Return where the task of this name comes from.

    Raises:
        BadInput: If there is none.
    """
    if name in TASKS:
        return TASKS[name]
    if name.startswith(_LEGAL):
        return Legal(name.removeprefix(_LEGAL))
    raise BadInput(f"no task {name!r}; there are {', '.join(sorted(TASKS))} and {_LEGAL}FILE")


def load(name: str, *, n: int | None = None, seed: int = 0, data: Path | None = None) -> Task:
    """Return the task of this name.

    Args:
        name: One of `TASKS`, or `legal-` and the name of a LegalBench file.
        n: Problems at most, two thirds to train and a third to test; None takes all there are, or
            `worlds.SIZE` fresh ones of a world.
        seed: Which problems are kept, and which are made.
        data: The user's copy: a file, or a folder with one file or with `train.*` and `test.*`.
            None reads the hub.

    Raises:
        BadInput: If there is no such task, its data cannot be read, or nothing is left.
    """
    if n is not None and n < 3:
        raise BadInput(f"{name}: {n} problems cannot be cut into two halves and a test; take 3 up")
    source = source_of(name)
    train, test = source.splits(name, data, n=n, seed=seed)
    return assemble(name, source.kind, train, test, n=n, seed=seed)
