import json

import pytest

from superalign.errors import BadInput
from superalign.problems.cultures import (
    NEUTRAL,
    consistency,
    likeness,
    orders,
    read_cultures,
    similarity,
)

QUESTION = "Should shops open on Sundays?"
GOOD = {
    "name": "coast",
    "norms": ["Greet first."],
    "opinions": {QUESTION: {"options": ["yes", "no"], "distribution": [0.75, 0.25]}},
}


def written(tmp_path, *rows):
    file = tmp_path / "cultures.jsonl"
    file.write_text("\n".join(json.dumps(r) for r in rows))
    return file


def test_profiles_are_read_from_lines_or_a_list(tmp_path):
    listed = tmp_path / "cultures.json"
    listed.write_text(json.dumps([GOOD]))
    (found,) = read_cultures(listed)
    assert [found] == read_cultures(written(tmp_path, GOOD))
    assert (found.name, found.norms) == ("coast", ("Greet first.",))
    assert found.opinions[QUESTION].distribution == (0.75, 0.25)


def test_the_example_that_ships_can_be_written_and_read(tmp_path):
    assert read_cultures(written(tmp_path, NEUTRAL.model_dump(mode="json"))) == [NEUTRAL]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "row 2: name: "),
        ({"norms": "one"}, "row 2: norms: "),
        ({"opinion": {}}, "row 2: opinion: "),
        ({"opinions": {"q": {"options": ["a", "b"], "distribution": [0.5, 0.6]}}}, "sum to 1"),
        ({"opinions": {"q": {"options": ["a", "b"], "distribution": [1.5, -0.5]}}}, "opinions.q"),
        (
            {"opinions": {"q": {"options": ["a", "b"], "distribution": [1]}}},
            "1 shares for 2 options",
        ),
        ({"opinions": {"q": {"options": ["a", "a"], "distribution": [1, 0]}}}, "each once"),
        ({"opinions": {"q": {"options": ["a"], "distribution": [1]}}}, "two or more"),
        ({"opinions": {"q": {"options": ["a", "b"], "distribution": ["x", 1]}}}, "distribution.0"),
        ({"name": "first"}, "earlier row"),
    ],
)
def test_a_broken_profile_is_named_by_file_row_and_field(tmp_path, change, says):
    file = written(tmp_path, GOOD | {"name": "first"}, GOOD | change)
    with pytest.raises(BadInput) as error:
        read_cultures(file)
    line = str(error.value)
    assert line.startswith(f"{file}: row 2: ")
    assert says in line
    assert "\n" not in line


def test_a_file_without_profiles_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no culture profiles"):
        read_cultures(written(tmp_path))


def test_likeness_is_one_less_the_distance_and_needs_shares_on_both_sides():
    assert likeness((0.5, 0.5), (0.5, 0.5)) == 1.0
    assert likeness((1, 0), (0.5, 0.5)) == pytest.approx(1 - 0.311278**0.5, abs=1e-6)
    for nothing in ((0, 0), (1,)):
        with pytest.raises(ValueError, match=r"share|compared"):
            likeness((1, 0), nothing)


def test_similarity_leaves_out_what_was_not_answered():
    first, second = NEUTRAL.opinions
    same = NEUTRAL.opinions[first].distribution
    assert similarity(NEUTRAL, {first: same}) == (1.0, {first: 1.0, second: None})
    score, by_question = similarity(NEUTRAL, {first: same, second: (1, 0, 0, 0)})
    assert score == pytest.approx((1 + by_question[second]) / 2)
    assert 0 < by_question[second] < 1
    assert similarity(NEUTRAL, {})[0] is None


def test_orders_differ_while_they_can_and_depend_on_the_seed():
    found = orders(4, seed=1)
    assert found[0] == (0, 1, 2, 3)
    assert len(set(found)) == 5
    assert all(sorted(o) == [0, 1, 2, 3] for o in found)
    assert found == orders(4, seed=1) != orders(4, seed=2)
    assert set(orders(2, 6)) == {(0, 1), (1, 0)}


def test_consistency_needs_five_renderings_and_is_one_if_all_agree():
    assert consistency([(0.5, 0.5)] * 4) is None
    assert consistency([(0.5, 0.5)] * 5) == 1.0
    assert consistency([(1, 0), (0, 1)] * 3) == pytest.approx(6 / 15)
