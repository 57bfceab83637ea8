"""The study of deception, whole: by the command line on shipped organisms, and on tiny ones."""

from __future__ import annotations

import json

import pytest

from superalign.cli import main
from superalign.errors import BadInput
from superalign.progress import Progress
from superalign.studies.command import run_study
from superalign.studies.deception import deception, run_deception
from superalign.studies.deception.school import Course

pytestmark = pytest.mark.slow


def test_the_smoke_preset_has_every_learner_and_conflict_of_two_gaps(tmp_path, capsys):
    out = tmp_path / "study"
    command = ["study", "deception", "--task", "requests", "--preset", "smoke", "--json"]
    command += ["--workers", "1", "--out", str(out)]
    command += ["--set", 'sizes=["requests-50k", "requests-200k"]']
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    rows = [(g["weak"], g["strong"], g["setting"], g["conflict"]) for g in found["gaps"]]
    assert len(rows) == len(set(rows)) == 2 * 3 * 3
    for gap in found["gaps"]:
        assert len(gap["cells"]) == 4
        assert sum(c["n"] for c in gap["cells"]) == gap["n"] == 24
        for name in ("deception_score", "base_rate", "conflict_tax"):
            assert set(gap[name]) == {"value", "low", "high"}
        wide = gap["strong"] == "requests-200k"
        assert set(gap["mitigations"]) <= ({"confident", "oracle"} if wide else set())
    assert (
        "bootstrapping through the size between against without: not measured"
        in (found["statement"])
    )
    assert "Deception by gap" in (out / "report.html").read_text()
    assert main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


@pytest.fixture(scope="module")
def ran(tmp_path_factory, tiny):
    """Return a whole study on three names of one tiny checkpoint."""
    import shutil

    place = tmp_path_factory.mktemp("deception")
    sizes = [str(place / f"{name}-tiny") for name in ("small", "middle", "large")]
    for size in sizes:
        shutil.copytree(tiny, size)
    gaps = [[sizes[0], sizes[0]], [sizes[0], sizes[2]]]
    changes = [f"sizes={json.dumps(sizes)}", f"gaps={json.dumps(gaps)}", 'settings=["reward"]']
    changes += ["n=8", "test=16", "threshold=0.5"]
    words = {"out": place / "run", "seed": 0, "workers": 1, "quiet": True}
    return changes, words, *run_study("deception", "smoke", changes, **words)


def test_the_study_runs_and_has_a_page(ran):
    _, _, found, page = ran
    assert [(g["conflict"], len(g["mitigations"])) for g in found["gaps"]] == [
        ("none", 0), ("explicit", 0), ("implicit", 0),
        ("none", 0), ("explicit", 3), ("implicit", 3),
    ]  # fmt: skip
    assert all(sum(c["n"] for c in g["cells"]) == 16 for g in found["gaps"])
    html = page.read_text()
    assert "What mitigations change" in html
    assert "reads gold" in html


def test_the_same_command_goes_on_and_teaches_nothing_twice(ran, monkeypatch):
    changes, words, found, _ = ran
    kept = sorted((words["out"] / "taught").iterdir())
    asked = []
    answers = Course.answers
    monkeypatch.setattr(Course, "answers", lambda c: asked.append(c.id) or answers(c))
    kept[0].unlink()
    again, _ = run_study("deception", "smoke", changes, **words)
    assert asked == [kept[0].stem]
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_another_study_in_the_folder_is_refused(ran):
    _, words, _, _ = ran
    other = deception("smoke", settings=["simpo"])
    with pytest.raises(BadInput, match="field"):
        run_deception(other, words["out"], Progress(), seed=0, workers=1)
