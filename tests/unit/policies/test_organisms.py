import pytest

from superalign.policies import organisms
from superalign.policies.organisms import SHAPES, Shape, folder_of, new_model
from superalign.policies.tokenizers import character_tokenizer

SMALL = Shape(width=16, layers=1, heads=2, inner=16, lr=1e-3, tokens=1)
TEXT = "k3\nb=k*7\nx?\n#8 <eos> ~!"


def test_one_character_is_one_token_and_comes_back():
    tokenizer = character_tokenizer()
    ids = tokenizer(TEXT, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    assert len(ids) == len(TEXT)
    assert tokenizer.decode(ids) == TEXT
    assert tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id == 1
    assert tokenizer("é", add_special_tokens=False)["input_ids"] == [tokenizer.unk_token_id]
    assert len(tokenizer) == 100


def test_the_tokenizer_is_the_same_after_a_way_to_disk(tmp_path):
    from transformers import AutoTokenizer

    character_tokenizer().save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again(TEXT)["input_ids"] == character_tokenizer()(TEXT)["input_ids"]
    assert again.decode(again(TEXT)["input_ids"], skip_special_tokens=True) == TEXT.replace(
        "<eos>", ""
    )


def test_an_untrained_organism_depends_on_its_seed_alone():
    weights = [new_model(SMALL, 100, seed=s).model.embed_tokens.weight for s in (1, 1, 2)]
    assert weights[0].equal(weights[1])
    assert not weights[0].equal(weights[2])


@pytest.mark.parametrize(
    ("name", "millions"), [("50k", 0.05), ("200k", 0.2), ("800k", 0.8), ("3m", 3.0)]
)
def test_organisms_are_about_as_large_as_their_names_say(name, millions):
    model = new_model(SHAPES[f"chains-{name}"], 100, seed=0)
    assert sum(p.numel() for p in model.parameters()) / 1e6 == pytest.approx(millions, rel=0.15)


def test_cards_list_what_is_shipped_and_only_that(tmp_path, monkeypatch):
    monkeypatch.setattr(organisms, "WEIGHTS", tmp_path)
    assert organisms.cards() == []
    for name in ("chains-200k", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text(f'{{"organism": "{name}"}}')
    assert organisms.cards() == [{"organism": "chains-200k"}]
    assert folder_of("chains-200k") == tmp_path / "chains-200k"
    assert folder_of("chains-50k") is None
    assert folder_of("other") is None
