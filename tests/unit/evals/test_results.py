"""The table across models: intervals, what is missing, and folders that hold no results."""

from __future__ import annotations

import json

import pytest

from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.results import read_results, table

ROW = {
    "eval": "kumo",
    "model": "a",
    "columns": ["n", "unscored", "success"],
    "n": 10,
    "unscored": 2,
    "success": 0.5,
    "success_interval": [0.25, 0.75],
}


def kept(folder, **fields):
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps({**ROW, **fields}))


def test_a_row_has_intervals_where_the_summary_has_them():
    lines = table([ROW, {**ROW, "model": "b", "success": None, "success_interval": [0.0, 1.0]}])
    head, one, other = (line.split("  ") for line in lines.splitlines())
    assert [c.strip() for c in head if c] == ["model", "n", "unscored", "success"]
    assert one[-1].strip() == "0.50 (0.25 to 0.75)"
    assert other[-1].strip() == "\u2014"


def test_rows_say_what_was_set():
    lines = table([ROW, {**ROW, "set": {"compat": True}}]).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["a", "a compat=true"]


def test_a_column_that_only_some_have_is_missing_in_the_others():
    lines = table([ROW, {**ROW, "columns": ["n", "f1"], "f1": 0.3}]).splitlines()
    assert lines[0].endswith("f1")
    assert lines[1].endswith("\u2014")
    assert lines[2].endswith("0.30")


def test_results_of_all_folders_stand_by_evaluation_and_model(tmp_path, capsys):
    kept(tmp_path / "x" / "b", model="b")
    kept(tmp_path / "x" / "a")
    kept(tmp_path / "y", eval="chembench", model="c")
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "summary.json").write_text('{"recipe": "chains"}')
    found = read_results([tmp_path, tmp_path / "x"])
    assert [(s["eval"], s["model"]) for s in found] == [
        ("chembench", "c"),
        ("kumo", "a"),
        ("kumo", "b"),
    ]
    assert main(["results", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == found
    assert main(["results", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.index("chembench\n") < said.index("kumo\n")


def test_a_folder_without_results_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="holds no results"):
        read_results([tmp_path])
    kept(tmp_path / "x", columns=None)
    with pytest.raises(BadInput, match=r"summary\.json: field 'columns' is missing"):
        read_results([tmp_path])
