"""An organism small enough that a whole run takes seconds, and how to run the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from runs import Forks


@pytest.fixture(scope="session")
def organism(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkpoint of random weights; sampled, it says some ten characters."""
    import torch

    from superalign.policies import checkpoints
    from superalign.policies.organisms import Shape, new_model
    from superalign.policies.tokenizers import character_tokenizer

    shape = Shape(width=16, layers=1, heads=2, inner=32, lr=1e-3, tokens=0)
    tokenizer = character_tokenizer()
    model = new_model(shape, len(tokenizer), seed=0)
    with torch.no_grad():
        model.get_input_embeddings().weight[tokenizer.eos_token_id] *= 30
    folder = tmp_path_factory.mktemp("organism") / "tiny"
    checkpoints.save(model, tokenizer, folder)
    return folder


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Yield a server of forks, warm."""
    server = Forks(tmp_path_factory.mktemp("forks"))
    yield server
    server.close()


@pytest.fixture
def played(forks: Forks, tmp_path: Path) -> Callable[[str], Any]:
    """Return a function that runs a program in this test's folder: its last line, read as JSON."""

    def play(code: str) -> Any:
        ended, said = forks.play(code, tmp_path)
        assert ended == 0, said[-3000:]
        return json.loads(said.splitlines()[-1])

    return play
