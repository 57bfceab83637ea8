"""What an evaluation on KUMO does not play is named: fields, domains, files and trajectories."""

from __future__ import annotations

import json

import pytest

from superalign.errors import BadInput
from superalign.evals.kumo.config import KumoConfig, chosen
from superalign.evals.kumo.released import recorded
from superalign.evals.kumo.summary import summarise
from superalign.problems.kumo.published import read_library

SETTING = "truth_num=2+action_num=1+valid_truth_num=1"
TASK = {
    "truths": ["a", "b"],
    "actions": ["x"],
    "observations": {"x": "1"},
    "seed": 0,
    "valid_truth": "b",
}


@pytest.fixture
def data(tmp_path):
    """Domains with a task each: the rules of one fall into halves, those of another do not."""
    rules = {
        "TwoEnv": {"x": {"1": ["a"], "2": ["b"]}, "y": {"1": ["c"], "2": ["d"]}},
        "OneEnv": {"x": {"1": ["a"], "2": ["b"]}},
        "LostEnv": None,
    }
    (tmp_path / "domains_json").mkdir()
    lines = ["env,domain_json"]
    for name, outcomes in rules.items():
        folder = tmp_path / "env" / name
        folder.mkdir(parents=True)
        (folder / f"{SETTING}.jsonl").write_text(json.dumps(TASK) + "\n")
        if outcomes:
            shown = {a: {"type": "str", "states": s} for a, s in outcomes.items()}
            truths = [t for s in outcomes.values() for ts in s.values() for t in ts]
            text = json.dumps({"Truths": truths, "Outcomes": shown})
            (tmp_path / "domains_json" / f"{name}.json").write_text(text)
            lines.append(f"{name},{name}.json")
    (tmp_path / "env_to_domain.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def drawn(data, **fields):
    return chosen(KumoConfig(fresh=True, **fields), data, seed=0, limit=None)


def test_files_without_a_domain_and_broken_tasks_are_named(data):
    tasks, left_out = chosen(KumoConfig(), data, seed=0, limit=None)
    assert [t.domain.name for t in tasks] == ["OneEnv", "TwoEnv"]
    unread = [f"env/LostEnv/{SETTING}.jsonl: its domain is not there"]
    assert left_out == {"broken": [], "skipped": 0, "unread": unread}


def test_only_tasks_of_a_size_with_their_own_book_or_a_templates(data):
    book = data / "env" / "OneEnv" / "knowledge_book" / SETTING / "seed=0.txt"
    book.parent.mkdir(parents=True)
    book.write_text("THE BOOK")
    own, _ = chosen(KumoConfig(setting="2x1"), data, seed=0, limit=None)
    assert [t.book for t in own] == ["THE BOOK", None]
    template, _ = chosen(KumoConfig(guide="template"), data, seed=0, limit=None)
    assert all(t.book.startswith("# Guide") for t in template)
    with pytest.raises(BadInput, match="no task is left"):
        chosen(KumoConfig(setting="4x6"), data, seed=0, limit=None)


@pytest.mark.parametrize("side", ["ind", "ood"])
def test_both_sides_are_of_the_same_domains_and_others_are_named(data, side):
    tasks, left_out = drawn(data, side=side, truths=2, actions=1, tasks=2)
    assert {t.domain.name for t in tasks} == {f"TwoEnv{side.upper()}"}
    assert left_out == {"too_small": ["OneEnv"]}


def test_domains_that_are_too_small_are_named(data):
    tasks, left_out = drawn(data, truths=2, actions=2, tasks=1)
    assert [t.domain.name for t in tasks] == ["TwoEnv"]
    assert left_out == {"too_small": ["OneEnv"]}


def test_sizes_that_fit_leave_nothing_out(data):
    tasks, left_out = drawn(data, truths=2, actions=1, tasks=1)
    assert [t.domain.name for t in tasks] == ["OneEnv", "TwoEnv"]
    assert left_out == {"too_small": []}


@pytest.mark.parametrize(
    ("fields", "has_data", "why"),
    [
        ({"truths": 5}, True, "truths: plays no part"),
        ({"length": (2, 3)}, True, "length: plays no part"),
        ({"fresh": True, "setting": "4x6"}, True, "setting: plays no part"),
        ({"fresh": True, "invented": 2}, True, "invented: plays no part"),
        ({"broken": True}, False, "broken: plays no part"),
        ({"domains": ("OneEnv",)}, False, "domains: plays no part"),
        ({"domains": ("OneEnv", "NoEnv")}, True, "no domain 'NoEnv'"),
        ({"side": "ood"}, False, "invented domains: no task is left"),
    ],
)
def test_what_would_be_passed_over_is_refused(data, fields, has_data, why):
    with pytest.raises(BadInput, match=why):
        chosen(KumoConfig(**fields), data if has_data else None, seed=0, limit=None)


@pytest.mark.parametrize(
    ("model", "folder"),
    [("released", "search_results"), ("released/m/VanillaAgent", "m/VanillaAgent")],
)
def test_a_task_without_a_released_trajectory_is_unscored(data, model, folder):
    where = data / "results" / folder / "TwoEnv" / SETTING
    where.mkdir(parents=True)
    rows = [
        {"seed": 0, "trajectories": [{"actions": ["x", "b", {"predicted_truth": "b"}]}] * 2},
        {"seed": 7, "trajectories": [{"actions": ["x", "a"]}]},
    ]
    (where / "eval_times=2.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = summarise(recorded(data, model, read_library(data).tasks), seed=0)
    assert (found["n"], found["success"], found["unscored"]) == (2, 1.0, 1)
    assert found["unscored_because"] == {"no released trajectory": 1}
    with pytest.raises(BadInput, match="there are no trajectories"):
        recorded(data, "released/nobody", read_library(data).tasks)
