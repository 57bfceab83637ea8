import pytest

from superalign.learners import pretrain as module
from superalign.learners.optimise import IGNORED
from superalign.policies.local import LocalPolicy
from superalign.policies.organisms import SHAPES, Shape
from superalign.policies.tokenizers import character_tokenizer
from superalign.problems import chains
from superalign.progress import Progress


@pytest.fixture
def small(monkeypatch):
    shape = Shape(width=16, layers=1, heads=2, inner=16, lr=1e-2, tokens=9000)
    monkeypatch.setitem(SHAPES, "small", shape)


def test_pretraining_writes_a_checkpoint_and_says_what_it_saw(small, tmp_path):
    card = module.pretrain("small", tmp_path / "a", seed=3, progress=Progress())
    again = module.pretrain("small", tmp_path / "b", seed=3, progress=Progress())
    assert card == again
    assert LocalPolicy(tmp_path / "a").id == LocalPolicy(tmp_path / "b").id
    assert card["parameters"] == sum(
        p.numel() for p in LocalPolicy(tmp_path / "a").model.parameters()
    )
    assert 5000 < card["tokens"] < 15000
    assert card["loss"]["first"] > 4


def test_the_corpus_shows_problem_and_solution_and_learns_the_solution(small):
    tokenizer = character_tokenizer()
    corpus = module._Corpus(tokenizer, 1)
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


def test_short_problems_come_first(small):
    corpus = module._Corpus(character_tokenizer(), 1)
    assert corpus._top() == 2
    corpus.shown = int(1.5e6)
    assert corpus._top() == 5
    corpus.shown = int(3e6)
    assert corpus._top() == 8
