"""The study prover-verifier by the command line: what it writes, that it goes on, its people."""

from __future__ import annotations

import json

import pytest

from superalign.cli import main
from superalign.learners.reinforce import Reinforce

pytestmark = pytest.mark.slow


def run(out, capsys, *words):
    command = ["study", "prover-verifier", "--preset", "smoke", "--json", "--workers", "1"]
    assert main([*command, "--out", str(out), *words]) == 0
    return json.loads(capsys.readouterr().out)


def between(rate):
    return rate["n"] == 0 or 0 <= rate["low"] <= rate["rate"] <= rate["high"] <= 1


def test_the_smoke_preset_measures_every_round_goes_on_and_is_shown_to_people(
    tmp_path, capsys, monkeypatch
):
    out = tmp_path / "run"
    found = run(out, capsys)
    assert [r["round"] for r in found["rounds"]] == [1, 2]
    for r in (found["start"], *found["rounds"]):
        assert between(r["helpful_accuracy"])
        assert between(r["sneaky_accuracy"])
        assert r["helpful_accuracy"]["rate"] <= r["helpful_accuracy"]["answer"]
        assert len(r["discriminator_auc"]) == 1
        assert all(between(r["legibility"][role]) for role in ("helpful", "sneaky"))
    for r in found["rounds"]:
        robust = r["robustness"]
        assert set(robust["attacks"]) == {"src", "cgc", "goodhart"}
        assert set(robust["best_of"]["attacked"]) == {"2", "4"}
        assert len(robust["fooled_by_round"]) == 2
        assert all(i["roles"]["sneaky"]["tokens"] for i in r["iterations"][0])
        sides = [0, 0]
        for pool in r["pools"]:
            for name, n in pool["solutions"].items():
                sides["right" in name] += n
        assert sides[0] == sides[1] > 0
    assert between(found["baseline"])
    assert {c["verdict"] for c in found["claims"].values()} <= {"shown", "not shown", "contrary"}
    assert found["sentence"] in (out / "report.html").read_text()

    def refused(*_args, **_kwargs):
        raise AssertionError("a run that is done teaches nothing")

    monkeypatch.setattr(Reinforce, "improve", refused)
    again = run(out, capsys)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}

    key = [json.loads(x) for x in (out / "people" / "key.jsonl").read_text().splitlines()]
    items = [json.loads(x) for x in (out / "people" / "items.jsonl").read_text().splitlines()]
    assert [x["item"] for x in key] == [x["item"] for x in items]
    results = tmp_path / "results.jsonl"
    rows = [{"item": k["item"], "rater": "r", "said": k["right"], "seconds": 9.0} for k in key]
    results.write_text("".join(json.dumps(r) + "\n" for r in rows))
    words = ["audit", "people", str(results), "--key", str(out / "people" / "key.jsonl"), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] == len(key)
    assert all(g["accuracy"]["mean"] == 1 for g in told["groups"])
