"""The study of deception by the command line, on shipped organisms."""

from __future__ import annotations

import json

import pytest

from superalign.cli import main

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
