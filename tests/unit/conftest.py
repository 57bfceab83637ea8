"""Tiny organisms with random weights, made once, and ledgers."""

from __future__ import annotations

import pytest

from superalign.ledger import Ledger


def make_checkpoint(folder, *, seed, width=32, layers=2, inner=32):
    from superalign.policies.checkpoints import save
    from superalign.policies.organisms import Shape, new_model
    from superalign.policies.tokenizers import character_tokenizer

    tokenizer = character_tokenizer()
    shape = Shape(width=width, layers=layers, heads=2, inner=inner, lr=1e-3, tokens=1)
    model = new_model(shape, len(tokenizer), seed=seed)
    model.generation_config.eos_token_id = 2
    save(model, tokenizer, folder)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Folder of a random checkpoint that ends a reply about once in twenty tokens."""
    import torch

    from superalign.policies.checkpoints import load_model, load_tokenizer, save

    folder = make_checkpoint(tmp_path_factory.mktemp("tiny") / "raw", seed=1)
    model = load_model(folder)
    with torch.no_grad():
        embeddings = model.model.embed_tokens.weight
        embeddings.mul_(3).add_(0.1)
        embeddings[2] += 0.07
        embeddings[[0, 1, 3]] -= 0.5
    target = folder.parent / "tiny"
    save(model, load_tokenizer(folder), target)
    return target


@pytest.fixture(scope="session")
def policy(tiny):
    """The tiny checkpoint as a policy, its weights loaded."""
    from superalign.policies.local import LocalPolicy

    found = LocalPolicy(tiny, max_new_tokens=24)
    assert found.model is not None
    return found


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "run", {}, seed=0) as opened:
        yield opened
