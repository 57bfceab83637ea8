from random import Random

import pytest

from superalign.learners import pretrain as module
from superalign.learners.optimise import IGNORED
from superalign.learners.worlds import WORLDS, top_level
from superalign.policies.local import LocalPolicy
from superalign.policies.organisms import SHAPES, Shape
from superalign.policies.steps import reply_tokens
from superalign.policies.tokenizers import character_tokenizer
from superalign.problems import chains
from superalign.progress import Progress


@pytest.fixture
def small(monkeypatch):
    shape = Shape(width=16, layers=1, heads=2, inner=16, lr=1e-2, tokens=9000)
    monkeypatch.setitem(SHAPES, "chains-small", shape)


def test_pretraining_writes_a_checkpoint_and_says_what_it_saw(small, tmp_path):
    card = module.pretrain("chains-small", tmp_path / "a", seed=3, progress=Progress())
    again = module.pretrain("chains-small", tmp_path / "b", seed=3, progress=Progress())
    assert card == again
    assert LocalPolicy(tmp_path / "a").id == LocalPolicy(tmp_path / "b").id
    assert card["parameters"] == sum(
        p.numel() for p in LocalPolicy(tmp_path / "a").model.parameters()
    )
    assert 5000 < card["tokens"] < 15000
    assert card["loss"]["first"] > 4


def test_the_corpus_shows_problem_and_solution_and_learns_the_solution(small):
    tokenizer = character_tokenizer()
    corpus = module._Corpus(WORLDS["chains"], tokenizer, 1)
    batch = next(corpus.batches())
    assert corpus.documents == len(batch)
    assert corpus.shown == sum(len(r.tokens) for r in batch)
    for row in batch[:5]:
        said = [t for t in row.targets if t != IGNORED]
        assert said[-1] == tokenizer.eos_token_id
        assert row.tokens[0] == tokenizer.bos_token_id
        prompt = tokenizer.decode(row.tokens[1 : -len(said)])
        found = chains.check(prompt, tokenizer.decode(said[:-1]))
        assert len(chains.parse(prompt).needed()) == len(found.steps) - 1


def test_short_problems_come_first():
    assert [top_level(int(shown)) for shown in (0, 1.5e6, 3e6)] == [2, 5, 8]
    drawn = WORLDS["chains"].draw(Random(0), 50, 0)
    assert {len(chains.parse(read).needed()) for read, _ in drawn} == {1, 2}


def test_an_organism_of_the_other_world_is_pretrained_alike(small, monkeypatch, tmp_path):
    monkeypatch.setitem(SHAPES, "requests-small", SHAPES["chains-small"])
    card = module.pretrain("requests-small", tmp_path / "a", seed=3, progress=Progress())
    assert 5000 < card["tokens"] < 15000
    tokenizer = LocalPolicy(tmp_path / "a").tokenizer
    assert "over_refusal" in tokenizer.get_vocab()


def test_every_text_of_the_requests_comes_back_from_its_tokens():
    world = WORLDS["requests"]
    tokenizer = world.new_tokenizer()
    for text in world.draw(Random(4), 400, 0):
        for part in text:
            ids = reply_tokens(tokenizer, part)
            assert tokenizer.decode(ids) == part
            assert tokenizer.unk_token_id not in ids
            assert len(ids) <= 110
    assert len(tokenizer) < 400
