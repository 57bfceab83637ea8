"""A body that learns to write the texts it will judge."""

import numpy as np
import pytest
import torch

from bodies import language_model
from superalign.learners import generative
from superalign.learners.generative import rows_of, written
from superalign.learners.losses import next_token
from superalign.learners.optimise import pad
from superalign.policies.checkpoints import load_model
from superalign.policies.features import Checkpoint

TEXTS = ["abc abc", "abd", "a", "", "abcabcabc"]


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    return Checkpoint(language_model(tmp_path_factory.mktemp("gpt") / "gpt"))


def nll(folder, texts):
    """Return -log p a token of all tokens but the first, text by text."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    found = []
    for ids in (tokenizer(t)["input_ids"] for t in texts):
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        found += [-float(logits[k, t]) for k, t in enumerate(ids[1:])]
    return np.mean(found)


def test_every_token_of_every_text_is_learnt(gpt):
    rows = rows_of(gpt, TEXTS)
    assert [len(r.tokens) for r in rows] == [7, 3, 9]
    loss = next_token(load_model(gpt.folder), pad(rows))
    texts = [t for t in TEXTS if len(t) > 1]
    assert float(loss) == pytest.approx(nll(gpt.folder, texts), abs=1e-5)


def test_what_was_read_is_likelier_afterwards_and_kept_by_content(gpt, tmp_path, monkeypatch):
    monkeypatch.setattr(generative, "LR", 1e-2)
    monkeypatch.setattr(generative, "TOKENS", 64)
    texts = ["abc" * 4, "cba" * 3] * 20
    after = written(gpt, texts, tmp_path)
    assert nll(after.folder, texts) < 0.8 * nll(gpt.folder, texts)
    assert after.pooling == "last"
    monkeypatch.setattr(generative, "optimise", None)
    assert written(gpt, texts, tmp_path).id == after.id
    with pytest.raises(TypeError):
        written(gpt, texts[:-1], tmp_path)
    with pytest.raises(TypeError):
        written(gpt, texts, tmp_path, seed=1)
