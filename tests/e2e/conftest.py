"""An organism small enough that a whole run takes seconds, and how to run the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Yield a server of forks, warm."""
    server = Forks(tmp_path_factory.mktemp("forks") / "log")
    yield server
    server.close()
