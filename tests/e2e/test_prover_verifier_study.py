"""The study prover-verifier by the command line: what it writes, that it goes on, its people."""

from __future__ import annotations

import json

import pytest

from superalign.cli import main
from superalign.learners.reinforce import Reinforce
from superalign.learners.verifier import VerifierTraining
from superalign.policies.checkpoints import locate

pytestmark = pytest.mark.slow


def run(out):
    command = ["study", "prover-verifier", "--preset", "smoke", "--json", "--workers", "1"]
    assert main([*command, "--out", str(out)]) == 0
    return json.loads((out / "summary.json").read_text())


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the folder of a run, its summary, and what its learners started and learnt from."""
    verifiers, provers = [], []
    train, improve = VerifierTraining.train, Reinforce.improve

    def trained(self, policy, shown, folder, **settings):
        verifiers.append((policy.folder, {s.seen[-1].text for s in shown}))
        return train(self, policy, shown, folder, **settings)

    def improved(self, policy, examples, **settings):
        learnt = {e.move.seen[-1].text for e in examples}
        provers.append((policy.folder, self.reference.folder, learnt))
        return improve(self, policy, examples, **settings)

    out = tmp_path_factory.mktemp("study") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VerifierTraining, "train", trained)
        patch.setattr(Reinforce, "improve", improved)
        found = run(out)
    return out, found, verifiers, provers


def between(rate):
    return rate["n"] == 0 or 0 <= rate["low"] <= rate["rate"] <= rate["high"] <= 1


def test_the_smoke_preset_measures_every_round(ran):
    out, found, *_ = ran
    assert [r["round"] for r in found["rounds"]] == [1, 2]
    for r in (found["start"], *found["rounds"]):
        assert between(r["helpful_accuracy"])
        assert between(r["sneaky_accuracy"])
        assert r["helpful_accuracy"]["rate"] <= r["helpful_accuracy"]["answer"]
        assert len(r["discriminator_auc"]) == 1
        assert all(between(r["legibility"][role]) for role in ("helpful", "sneaky"))
    for r in found["rounds"]:
        assert set(r["robustness"]["attacks"]) == {"src", "cgc", "goodhart"}
        assert set(r["robustness"]["best_of"]["attacked"]) == {"2", "4"}
        assert len(r["robustness"]["fooled_by_round"]) == 2
        assert all(i["roles"]["sneaky"]["tokens"] for i in r["iterations"][0])
    assert between(found["baseline"])
    assert {c["verdict"] for c in found["claims"].values()} <= {"shown", "not shown", "contrary"}
    assert found["sentence"] in (out / "report.html").read_text()


def test_every_round_starts_anew_on_problems_that_the_other_seat_never_learns_from(ran):
    _, found, verifiers, provers = ran
    assert [folder for folder, _ in verifiers] == [locate("chains-50k")] * 2
    assert {policy for policy, *_ in provers} == {start for _, start, _ in provers}
    assert len({start for _, start, _ in provers}) == 1
    learnt = set().union(*(problems for *_, problems in provers))
    shown = set().union(*(problems for _, problems in verifiers))
    assert learnt
    assert shown
    assert not learnt & shown
    for r in found["rounds"]:
        sides = {"right": 0, "wrong": 0}
        for name, n in r["pools"][0]["solutions"].items():
            sides[name.split()[1]] += n
        assert sides["right"] == sides["wrong"] > 0


def test_the_same_command_goes_on_and_teaches_nothing_twice(ran, monkeypatch):
    out, found, *_ = ran
    (out / "summary.json").unlink()

    def refused(*_args, **_kwargs):
        raise AssertionError("a run that is done teaches nothing")

    monkeypatch.setattr(Reinforce, "improve", refused)
    assert {**run(out), "seconds": 0} == {**found, "seconds": 0}


def test_people_are_shown_items_and_their_answers_are_read(ran, tmp_path, capsys):
    people = ran[0] / "people"
    key, items = (
        [json.loads(line) for line in (people / name).read_text().splitlines()]
        for name in ("key.jsonl", "items.jsonl")
    )
    assert [x["item"] for x in key] == [x["item"] for x in items]
    results = tmp_path / "results.jsonl"
    rows = [{"item": k["item"], "rater": "r", "said": k["right"], "seconds": 9.0} for k in key]
    results.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert main(["audit", "people", str(results), "--key", str(people / "key.jsonl")]) == 0
    assert capsys.readouterr().out.startswith(f"{len(key)} answers of 1 people\n")
    words = ["audit", "people", str(results), "--key", str(people / "key.jsonl"), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(g["accuracy"]["mean"] == 1 for g in told["groups"])
