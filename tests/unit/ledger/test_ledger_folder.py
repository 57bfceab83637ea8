"""Folders that are whole or absent."""

from __future__ import annotations

import pytest

from superalign.errors import BadInput
from superalign.ledger import Ledger, atomic_folder
from superalign.ledger.folder import atomic_file, write_text


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_folder_appears_whole_when_the_block_ends(tmp_path):
    with atomic_folder(tmp_path / "deep" / "policy") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "weights").write_text("w")
        assert not (tmp_path / "deep" / "policy").exists()
    assert names(tmp_path / "deep") == ["policy"]
    assert (tmp_path / "deep" / "policy" / "inner" / "weights").read_text() == "w"


def test_a_block_that_raises_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "policy") as folder:
        (folder / "weights").write_text(f"{1 / 0}")
    assert names(tmp_path) == []


def test_a_folder_that_is_there_is_kept(tmp_path):
    for text in ("first", "second"):
        with atomic_folder(tmp_path / "policy") as folder:
            (folder / "weights").write_text(text)
    assert names(tmp_path) == ["policy"]
    assert (tmp_path / "policy" / "weights").read_text() == "first"


def test_a_file_is_the_whole_new_one_or_the_one_of_before(tmp_path):
    path = tmp_path / "summary.json"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as partial:
        partial.write_text(f"half{partial.write_text('half') / 0}")
    assert (names(tmp_path), path.read_text()) == (["summary.json"], "old")
    with atomic_file(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert (names(tmp_path), path.read_text()) == (["summary.json"], "new")


def test_a_full_disk_told_in_words_only_is_one_line(tmp_path):
    told = RuntimeError("Error while serializing: I/O error: No space left (os error 28)")
    with pytest.raises(BadInput, match="No space left on device"), atomic_folder(tmp_path / "p"):
        raise told


def test_other_errors_of_the_block_pass_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_folder(tmp_path / "policy"):
        (tmp_path / "absent").read_text()


def test_opening_a_run_removes_what_a_killed_one_left_and_nothing_else(tmp_path):
    with Ledger.open(tmp_path, {}, seed=0) as ledger:
        policies = ledger.checkpoints
    killed = atomic_folder(policies / "half")
    (killed.__enter__() / "weights").write_text("w")
    (policies / "whole").mkdir()
    assert len(names(policies)) == 2
    Ledger.open(tmp_path, {}, seed=0).close()
    assert names(policies) == ["whole"]
