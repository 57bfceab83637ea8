import pytest

from superalign.policies import organisms
from superalign.policies.organisms import SHAPES, Shape, folder_of, line, new_model, world_of

SMALL = Shape(width=16, layers=1, heads=2, inner=16, lr=1e-3, tokens=1)


def test_an_untrained_organism_depends_on_its_seed_alone():
    weights = [new_model(SMALL, 100, seed=s).model.embed_tokens.weight for s in (1, 1, 2)]
    assert weights[0].equal(weights[1])
    assert not weights[0].equal(weights[2])


@pytest.mark.parametrize("world", ["chains", "requests"])
@pytest.mark.parametrize(
    ("name", "millions"), [("50k", 0.05), ("200k", 0.2), ("800k", 0.8), ("3m", 3.0)]
)
def test_organisms_are_about_as_large_as_their_names_say(world, name, millions):
    model = new_model(SHAPES[f"{world}-{name}"], 100, seed=0)
    size = sum(p.numel() for p in model.parameters()) - model.model.embed_tokens.weight.numel()
    assert size / 1e6 == pytest.approx(millions, rel=0.15)


def test_a_name_begins_with_its_world():
    assert {world_of(name) for name in SHAPES} == {"chains", "requests"}
    assert len(SHAPES) == 8


def test_a_card_of_either_world_fits_a_line():
    card = {"organism": "chains-50k", "parameters": 51120, "tokens": 8_210_350}
    levels = {"accuracy_by_level": {"1": {"rate": 0.5, "n": 20}, "2": {"rate": 0.25, "n": 20}}}
    assert line(card | levels) == (
        "chains-50k        51,120 parameters   8.2M tokens  "
        "fully right at levels 1-2 (n 20 each): 0.50 0.25"
    )
    right = {"helpful_ok": {"rate": 0.0, "n": 9}, "correct_refusal": {"rate": 0.9, "n": 9}}
    found = line(card | {"outcomes_by_cell": {"harmful/plain": right}})
    assert found.endswith("right (n 9 each): harmful/plain 0.90")


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
