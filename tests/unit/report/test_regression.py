import json

import pytest

from superalign.errors import BadInput
from superalign.policies.guard import Guard, LetterPairs, Ngrams
from superalign.problems.prompts import seed_prompts
from superalign.report.regression import check_guard, export_guard


@pytest.fixture(scope="module")
def guard():
    seeds = seed_prompts(0)[::5]
    texts = [p.text for p in seeds]
    classifier = Ngrams.fit(texts, [p.harmful for p in seeds], [1.0] * len(texts))
    return Guard(classifier=classifier, pairs=LetterPairs.fit(texts))


@pytest.fixture
def run(tmp_path, guard):
    """A finished run's folder, as the recipe leaves it."""
    folder = tmp_path / "run"
    place = folder / "policies" / guard.id
    place.mkdir(parents=True)
    guard.save(place)
    (folder / "summary.json").write_text(json.dumps({"recipe": "guard", "guard": guard.id}))
    rows = [
        {"prompt": p.text, "expected": "unsafe" if p.harmful else "safe", "open": False}
        for p in seed_prompts(0)[::50]
    ]
    texts = [r["prompt"] for r in rows]
    for row, flag in zip(rows, guard.flags(texts), strict=True):
        row["open"] = (row["expected"] == "unsafe") != bool(flag)
    rows.append({"prompt": "a free gift for you", "expected": "unsafe", "open": True})
    (folder / "failures.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


def test_the_exported_guard_passes_its_suite_and_a_worse_guard_does_not(run, tmp_path):
    done = export_guard(run, tmp_path / "out")
    suite = tmp_path / "out" / "regression.jsonl"
    assert done["regression.jsonl"]["rows"] == len(suite.read_text().splitlines()) > 10
    assert done["still_open.jsonl"]["rows"] >= 1
    assert check_guard(suite, tmp_path / "out") == []
    assert check_guard(suite, tmp_path / "out" / "guard") == []
    worse = tmp_path / "worse"
    worse.mkdir()
    Guard(classifier=Ngrams.empty(), pairs=LetterPairs.unknown()).save(worse)
    failures = check_guard(suite, worse)
    assert failures
    assert {f["said"] for f in failures} == {"safe"}
    assert all("regression.jsonl: row" in f["place"] for f in failures)


def test_only_a_finished_guard_run_is_exported_and_never_over_something(run, tmp_path):
    with pytest.raises(BadInput, match="no finished run"):
        export_guard(tmp_path, tmp_path / "out")
    with pytest.raises(BadInput, match="exists already"):
        export_guard(run, run)
    (run / "summary.json").write_text('{"recipe": "chains"}')
    with pytest.raises(BadInput, match="not a guard run"):
        export_guard(run, tmp_path / "out")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"expected": "safe"}, "row 1: field 'prompt'"),
        ({"prompt": "x", "expected": "fine"}, "row 1: field 'expected'"),
    ],
)
def test_a_broken_suite_is_named_by_row_and_field(tmp_path, guard, row, line):
    suite = tmp_path / "suite.jsonl"
    suite.write_text(json.dumps(row) + "\n")
    with pytest.raises(BadInput, match=line):
        check_guard(suite, tmp_path)


def test_an_empty_suite_proves_nothing(tmp_path):
    suite = tmp_path / "suite.jsonl"
    suite.write_text("")
    with pytest.raises(BadInput, match="no rows"):
        check_guard(suite, tmp_path)
