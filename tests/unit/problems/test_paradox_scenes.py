"""Scenes: drawings, captions, near misses, pictures, and questions about them."""

from __future__ import annotations

import sys
from base64 import b64decode
from io import BytesIO
from itertools import islice
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.problems.paradox import scenes
from superalign.problems.paradox.picture import CELL, box, picture
from superalign.problems.paradox.scenes import Shape
from superalign.problems.paradox.worlds import WORLDS

DRAWING = "red circle 1 1\nblue square 3 2\nred circle 4 4"


def test_a_drawing_is_read_back():
    scene = scenes.parse(DRAWING)
    assert scenes.write(scene) == DRAWING
    assert scene[1] == Shape("blue", "square", 3, 2)
    assert scenes.caption(scene) == "one blue square and two red circles"
    for seed in range(20):
        drawn = scenes.draw(Random(seed))
        assert scenes.parse(scenes.write(drawn)) == drawn


@pytest.mark.parametrize(
    "drawing",
    ["", "red circle 1 5", "red circle", "red circle 1 1\nblue square 1 1", f"Here:\n{DRAWING}"],
)
def test_what_is_no_drawing(drawing):
    assert scenes.parse(drawing) is None


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("one blue square and two red circles", True),
        ("one blue square and one red circle", False),
        ("two red circles", False),
        ("one blue square and two red circles and one yellow square", False),
        ("one blue square, one green circle and two red circles", False),
    ],
)
def test_a_drawing_shows_its_caption_no_more_and_no_less(caption, shown):
    assert scenes.shows(caption, DRAWING) is shown


def test_more_than_words_can_count_show_nothing():
    five = "\n".join(f"red circle {i} 1" for i in range(1, 5)) + "\nred circle 1 2"
    assert not scenes.shows("four red circles", five)


def test_near_misses_miss_by_one():
    scene = scenes.parse(DRAWING)
    kinds = scenes.kinds(scene)
    near = [*islice(scenes.near(scene, Random(0)), 200)]
    assert len(set(near)) > 8
    for other in near:
        missed = scenes.kinds(other)
        assert missed != kinds
        assert sum(((missed - kinds) + (kinds - missed)).values()) in (1, 2)
        assert scenes.parse(scenes.write(other)) == other


def test_a_picture_has_its_shapes_where_they_stand():
    from PIL import Image

    media = picture(scenes.parse("red circle 1 1\nblue square 3 2\ngreen triangle 4 4"))
    assert (media.kind, media.mime) == ("image", "image/png")
    image = Image.open(BytesIO(b64decode(media.uri.partition(",")[2]))).convert("RGB")
    assert image.size == (4 * CELL, 4 * CELL)
    at = [
        image.getpixel(((c - 1) * CELL + CELL // 2, (r - 1) * CELL + CELL // 2))
        for c, r in ((1, 1), (3, 2), (4, 4), (2, 2))
    ]
    assert at == [(255, 0, 0), (0, 0, 255), (0, 128, 0), (255, 255, 255)]
    left, top, *_ = box(Shape("red", "circle", 1, 1))
    assert image.getpixel((left, top)) == (255, 255, 255)
    left, top, *_ = box(Shape("blue", "square", 3, 2))
    assert image.getpixel((left, top)) == (0, 0, 255)
    assert picture(scenes.parse("red circle 1 1")) == picture(scenes.parse("red circle 1 1"))


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(BadInput, match=r"pip install 'superalign\[media\]'"):
        picture(scenes.parse("yellow triangle 2 3"))


def test_questions_about_a_drawing_are_keyed_by_it():
    asked = {q.text: q.options for q in WORLDS["shapes"].queries(DRAWING, Random(0))}
    assert asked["How many red circles are in your picture?"][0] == "2"
    assert asked["How many blue squares are in your picture?"][0] == "1"
    assert asked["Which colour has every circle in your picture?"][0] == "red"
    assert len(asked) == 4
    assert all(len(set(options)) == len(options) >= 4 for options in asked.values())
    both = "red circle 1 1\nblue circle 2 2"
    assert len([*WORLDS["shapes"].queries(both, Random(0))]) == 2
    assert list(WORLDS["shapes"].queries("no drawing", Random(0))) == []
