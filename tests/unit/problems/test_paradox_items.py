"""Items of the paradox: files of one's own, data sets, worlds, and their wrong answers."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.problems import chains
from superalign.problems.paradox.item import Item, read_items
from superalign.problems.paradox.sources import DATA, items
from superalign.problems.paradox.worlds import WORLDS, right
from superalign.problems.requests import replies as requests_replies
from superalign.problems.tasks.choices import NONE_RIGHT

DATA_SETS = Path(__file__).parents[4] / "shared" / "data"
ITEM = {"id": "1", "input": "Which gas is lightest?", "reference": "hydrogen"}


def file_of(tmp_path, *rows):
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def found(name="", where=None, *, n=20, limit=None, wrong=3, seed=0):
    return items(name, where, n=n, limit=limit, wrong=wrong, seed=seed)


def test_a_row_has_right_answers_wrong_ones_and_a_picture(tmp_path):
    (tmp_path / "gas.png").write_bytes(b"\x89PNG")
    more = {
        "choices": ["helium", "Hydrogen", "neon"],
        "neg_hard": ["helium"],
        "references": ["H2"],
        "image": "gas.png",
    }
    (item,) = read_items(file_of(tmp_path, ITEM | more))
    assert item.right == ("hydrogen", "H2")
    assert item.hard == ("helium", "neon")
    assert item.image.uri == "data:image/png;base64,iVBORw=="
    assert item.cluster == "1"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (ITEM | {"reference": ""}, "row 1: field 'reference' holds no text"),
        (ITEM | {"neg_hard": "helium"}, "row 1: field 'neg_hard' holds no list of texts"),
        (ITEM | {"neg_easy": ["a", "HYDROGEN "]}, "row 1: field 'neg_easy' holds a right answer"),
        (ITEM | {"refrence": "x"}, "row 1: field 'refrence' is none of"),
        (ITEM | {"image": "gone.png"}, "row 1: field 'image': .*gone.png"),
        (ITEM | {"image": "notes.txt"}, "row 1: field 'image' names no picture"),
    ],
)
def test_a_broken_row_is_named(row, why, tmp_path):
    with pytest.raises(BadInput, match=why):
        read_items(file_of(tmp_path, row))


def test_an_id_stands_once_and_a_file_holds_something(tmp_path):
    with pytest.raises(BadInput, match="row 2: id '1' is there twice"):
        read_items(file_of(tmp_path, ITEM, ITEM))
    with pytest.raises(BadInput, match="holds no items"):
        read_items(file_of(tmp_path))


def test_easy_wrong_answers_are_right_ones_of_other_groups(tmp_path):
    rows = [
        {"id": str(i), "input": f"q{i}", "reference": f"r{i}", "group": "ab"[i % 2]}
        for i in range(12)
    ]
    rows[0]["references"] = ["R1", "r3"]
    rows[2]["neg_easy"] = ["given"]
    drawn = {i.id: i for i in found(where=file_of(tmp_path, *rows))}
    assert drawn["2"].easy == ("given",)
    for name, item in drawn.items():
        if name != "2":
            assert len(set(item.easy)) == 3
            assert {int(e[1:]) % 2 for e in item.easy} == {1 - int(name) % 2}
    assert not {"r1", "r3"} & set(drawn["0"].easy)
    assert {i.id: i for i in found(where=file_of(tmp_path, *rows))} == drawn
    assert {i.id: i for i in found(where=file_of(tmp_path, *rows), seed=1)} != drawn


def test_an_easy_wrong_answer_is_offered_once(tmp_path):
    said = ["yes", "Yes", "yes", "no", "perhaps"]
    rows = [
        {"id": str(i), "input": f"q{i}", "reference": r, "group": str(i)}
        for i, r in enumerate(said)
    ]
    for item in found(where=file_of(tmp_path, *rows)):
        assert len({e.lower() for e in item.easy} | {item.reference.lower()}) == 3
        assert len(item.easy) == 2


def test_a_limit_draws_by_the_seed(tmp_path):
    path = file_of(tmp_path, *(ITEM | {"id": str(i), "reference": f"r{i}"} for i in range(30)))
    names = [[i.id for i in found(where=path, limit=5, seed=s)] for s in (0, 0, 1)]
    assert names[0] == names[1] != names[2]
    assert len(names[0]) == 5


@pytest.mark.parametrize("name", ["chains", "requests", "shapes"])
def test_a_worlds_items_hold_right_and_wrong_answers_by_its_own_rules(name):
    drawn = found(name, n=8)
    assert len({i.id for i in drawn}) == 8
    for item in drawn:
        assert all(right(item, said) for said in item.right)
        assert not any(right(item, said) for said in (*item.easy, *item.hard))
        assert (len(item.easy), len(item.hard)) == (3, 3)
    assert found(name, n=8) == drawn
    assert found(name, n=8, limit=2)[0].world == name


def test_the_worlds_own_rules_are_those_of_the_house():
    (chain, *_), (request, *_) = found("chains", n=1), found("requests", n=1)
    assert chains.check(chain.input, chain.reference).right
    assert requests_replies.check(request.input, request.reference).kind.right
    assert right(Item(id="1", input="a", reference="b"), "b") is None


def test_questions_about_a_solution_are_keyed_by_what_it_says():
    said = "b=k*7=k3*7=b2\nx=b-k=b2-k3=x9\nnonsense\n#9"
    asked = {q.head: q for q in WORLDS["chains"].queries(said, Random(0))}
    assert set(asked) == {"b=k*7=k3*7=b", "x=b-k=b2-k3=x"}
    for head, key in (("b=k*7=k3*7=b", "2"), ("x=b-k=b2-k3=x", "9")):
        assert asked[head].options[0] == key
        assert sorted(asked[head].options) == list("0123456789")
    assert "give to b?" in asked["b=k*7=k3*7=b"].text
    twice = "b=k*7=k3*7=b2\nb=k*7=k3*7=b1"
    assert list(WORLDS["chains"].queries(twice, Random(0))) == []


@pytest.mark.parametrize(
    ("name", "where", "why"),
    [
        ("chain", None, "no data 'chain'; there are cosmosqa"),
        ("", None, "needs --set data=NAME"),
        ("shapes", Path("x"), "is generated and reads no data"),
        ("piqa", Path("nowhere.jsonl"), "nowhere.jsonl: cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_line(name, where, why):
    with pytest.raises(BadInput, match=why):
        found(name, where)


@pytest.mark.skipif(not DATA_SETS.is_dir(), reason="../shared/data is not there")
def test_data_sets_give_open_questions():
    read = {
        name: {i.id: i for i in found(name, DATA_SETS / name)}
        for name in ("openbookqa", "truthfulqa")
    }
    book = read["openbookqa"]["openbookqa-2"]
    assert book.input == "There is most likely going to be fog around:"
    assert book.reference == "a marsh"
    assert set(book.hard) == {"a tundra", "the plains", "a desert"}
    true = read["truthfulqa"]["truthfulqa-1"]
    assert true.reference == "The watermelon seeds pass through your digestive system"
    assert "Nothing happens" in true.references
    assert len(true.hard) == 3
    assert "Nothing happens" not in true.hard
    assert (len(read["openbookqa"]), len(read["truthfulqa"])) == (500, 817)


@pytest.mark.skipif(not DATA_SETS.is_dir(), reason="../shared/data is not there")
def test_two_ways_leave_one_wrong_and_none_right_is_no_question(tmp_path):
    way = found("piqa", DATA_SETS / "piqa", limit=1)[0]
    assert way.input.startswith("Goal: ")
    assert len(way.hard) == 1
    path = tmp_path / "cosmos.csv"
    lines = (DATA_SETS / "cosmosqa" / "valid.csv").read_text().splitlines()[:40]
    path.write_text("\n".join(lines))
    drawn = found("cosmosqa", path)
    assert 0 < len(drawn) < 39
    assert not any(NONE_RIGHT in said for i in drawn for said in (*i.hard, i.reference))
    assert "cosmosqa" in DATA
