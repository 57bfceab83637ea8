"""`superalign eval capabilities`: what is drawn, shots, epochs, the sentence, what never came."""

from __future__ import annotations

import json

from evaluations import summary_of
from superalign.evals.capabilities.config import CapabilitiesConfig, chosen
from superalign.evals.capabilities.gold import lost, weighed
from superalign.evals.capabilities.registry import CALIBRATION
from superalign.evals.capabilities.summary import summarise
from superalign.policies.scripted import Scripted
from superalign.records import Reply


def evaluated(*given, **settings):
    return summary_of("capabilities", *given, **settings)


def sits(monkeypatch, policy):
    monkeypatch.setattr("superalign.evals.asked.opened", lambda *_, **__: policy)


def test_a_limit_and_what_is_made_are_drawn_by_the_seed():
    def drawn(seed):
        config = CapabilitiesConfig(areas="science,chains", made=3)
        found = chosen(config, None, seed=seed, limit=3)
        return [{q.id for q in own} for own in found.questions.values()]

    assert drawn(0) == drawn(0)
    for area, (one, other) in enumerate(zip(drawn(0), drawn(1), strict=True)):
        assert one != other, area


def test_questions_that_are_made_are_as_many_beside_the_shots():
    found = chosen(CapabilitiesConfig(areas="chains", made=4, shots=2), None, seed=0, limit=None)
    assert (len(found.shots["chains"]), len(found.questions["chains"])) == (2, 4)


def test_shots_show_the_right_option_where_options_are_weighed():
    config = CapabilitiesConfig(areas="science", shots=3)
    found = chosen(config, None, seed=0, limit=None)
    shots = found.shots["science"]
    assert {q.right[0] for q in shots} != {0}
    opening = found.opening(found.questions["science"][0])
    assert all(f"\nAnswer: {q.options[q.right[0]]}\n\n" in opening for q in shots)


def test_epochs_are_further_replies(tmp_path, monkeypatch):
    once, twice = (
        evaluated("random", tmp_path / str(n), "areas=science,legal", epochs=n) for n in (1, 2)
    )
    assert twice["n"] == 2 * once["n"]
    values = [[r["value"] for r in found["rows"]] for found in (once, twice)]
    assert values[0] != values[1], "the second guess is another"
    sits(monkeypatch, Scripted(["#### 0"], name="m"))
    assert evaluated("m", tmp_path / "m", "areas=arithmetic", epochs=2)["n"] == 24


def test_the_sentence_is_about_the_first_metric_and_the_whole_interval(tmp_path):
    found = evaluated("oracle", tmp_path / "a", "areas=toxicity")
    assert "0 of the 0 in which one can guess" in found["sentence"], "its macro-F1 has no interval"
    found = evaluated("oracle", tmp_path / "b", "areas=science")
    assert "1 of the 1 in which one can guess" in found["sentence"]
    found = evaluated("first-option", tmp_path / "c", "areas=science")
    assert "0 of the 1 in which one can guess" in found["sentence"]


def test_what_never_came_is_no_kind_of_failure_and_hides_no_metric(tmp_path, monkeypatch):
    sits(monkeypatch, Scripted([Reply(text="", stop="error", error="down")], name="m"))
    found = evaluated("m", tmp_path, "areas=bias")
    assert found["kinds"]["bias"] == {"tokens": None}
    assert [r["value"] for r in found["rows"]] == [None] * 5
    assert {(r["n"], r["unscored"] > 0) for r in found["rows"]} == {(0, True)}


def test_choices_that_could_not_be_weighed_are_unscored_in_the_calibration_too():
    found = chosen(CapabilitiesConfig(areas="science"), None, seed=0, limit=3)
    found.calibrated = True
    first, *others = found.all
    scored = [lost(first, "too long"), *(weighed(q, [0.0, -1.0, -1.0, -1.0]) for q in others)]
    summary = summarise(scored, found, data=None, method="likelihood", seed=0)
    assert {(r["n"], r["unscored"]) for r in summary["rows"]} == {(2, 1)}
    assert CALIBRATION in {r["area"] for r in summary["rows"]}


def test_files_of_the_first_pattern_alone_are_read(tmp_path):
    (tmp_path / "piqa").mkdir()
    for name, n in (("valid", 3), ("more", 2)):
        rows = [
            {"goal": f"{name} {i}", "sol1": "a", "sol2": f"b{i}", "label": i % 2} for i in range(n)
        ]
        (tmp_path / "piqa" / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = chosen(CapabilitiesConfig(areas="piqa"), tmp_path, seed=0, limit=None)
    assert {q.prompt for q in found.all} == {"valid 0", "valid 1", "valid 2"}
