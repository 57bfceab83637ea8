"""The front on the page: who is on it, and what is left empty."""

import json

import pytest

from superalign.report.front import front
from superalign.report.page import write_report
from superalign.report.records import Dimensions

ROWS = [
    {"checkpoint": "round 0", "helpful": 0.9, "harmless": 0.3, "honest": None, "on_front": True},
    {"checkpoint": "round 1", "helpful": 0.4, "harmless": 0.8, "honest": None, "on_front": True},
    {"checkpoint": "soup", "helpful": 0.35, "harmless": 0.25, "honest": None, "worst": "harmless"},
]
FOUND = {
    "compared": ["helpful", "harmless"],
    "missing": ["honest"],
    "checkpoints": [{"n": {"helpful": 10, "harmless": 15}, **r} for r in ROWS],
}


def test_dots_stand_where_scores_are_and_the_dominated_are_hollow():
    drawn = front(Dimensions.model_validate(FOUND))
    assert drawn.count("<circle") == 3
    assert drawn.count("dot hollow") == 1
    assert "soup: helpful 35%, harmless 25%" in drawn
    assert 'cx="85.714%" cy="192.5"' in drawn
    assert drawn.count("<polyline") == 1


def test_one_dimension_makes_no_drawing():
    one = {**FOUND, "compared": ["helpful"]}
    assert front(Dimensions.model_validate(one)) is None


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_checkpoints_at_an_edge_are_drawn(rate):
    rows = [{"checkpoint": "round 0", "helpful": rate, "harmless": rate}]
    drawn = front(Dimensions.model_validate({**FOUND, "checkpoints": rows}))
    assert "nan" not in drawn.lower()


def page(folder, dimensions):
    summary = {"recipe": "requests", "sentence": "s", "dimensions": dimensions}
    (folder / "summary.json").write_text(json.dumps(summary))
    return write_report(folder).read_text()


def test_the_page_shows_the_vectors_and_names_what_is_missing(tmp_path):
    html = page(tmp_path, FOUND)
    assert "One aim against another" in html
    assert "90% (n 10)" in html
    assert "here that is\nhonest" in html
    assert html.count("One aim") == 1


def test_a_run_that_measured_no_dimensions_has_no_such_part(tmp_path):
    assert "One aim" not in page(tmp_path, None)
