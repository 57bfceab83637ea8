"""Published domains and tasks: read with tolerance, audited, and never executed."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from kumo_worlds import ABSENT, KUMO, SCAN, domain, scan_task, task
from superalign.errors import BadInput
from superalign.problems.kumo.audit import audit
from superalign.problems.kumo.literals import from_json, from_python
from superalign.problems.kumo.published import read_library, write_tasks
from superalign.problems.kumo.task import read_task

PYTHON = """
Diseases = {"flu", "cold", "gout"}
Diagnosis = ["heat", "toe"]
Outcomes: dict = {
    "heat": {"type": "float", "states": {(36.0, 37.5): {"flu"}, (37.5, 42): set(), (43, 44): {}}},
    "toe": {"type": "str", "states": {"red": {"flu", "cold"}, 1: ["gout", "unknown"]}},
}
"""


def test_literals_are_read_whatever_their_names():
    found = from_python(PYTHON, "toy")
    assert found.truths == ("cold", "flu", "gout")
    assert found.actions == ("heat", "toe")
    assert found.excluded("heat", 37.0) == {"flu"}
    assert found.excluded("toe", 1) == {"gout"}
    assert found.kinds == {"heat": "float", "toe": "str"}


def test_truths_are_what_outcomes_rule_out_most_in_the_order_of_a_list():
    rules = '{"x": {"states": {"1": ["gout"], "2": ["flu"]}}}'
    text = f"Truths = ['gout', 'flu']\nActions = ['x', 'y', 'z']\nOutcomes = {rules}"
    assert from_python(text, "toy").truths == ("gout", "flu")


HOSTILE = {
    "call": "Truths = __import__('os').system('touch {marker}')",
    "expression": "Truths = [open('{marker}', 'w')]",
    "comprehension": "Outcomes = {{a: open('{marker}', 'w') for a in 'x'}}",
    "statement": "open('{marker}', 'w')\nTruths = ['a', 'b']",
    "f-string": "Truths = [f\"{{open('{marker}', 'w')}}\"]",
    "class": "class Outcomes:\n    open('{marker}', 'w')",
    "decorator": "@open('{marker}', 'w').write\ndef f(): pass",
    "dunder": "Outcomes = ().__class__.__base__.__subclasses__()",
    "deep": "Truths = " + "[" * 5000,
    "chain": "Truths = " + "-" * 100_000 + "1",
    "sum": "Truths = 1" + "+1" * 100_000,
    "long": "Truths = ['" + "a" * 500_000 + "']",
    "null": "Truths = ['\0']",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_literal_is_refused_and_never_run(text, tmp_path):
    marker = tmp_path / "marker"
    with pytest.raises(BadInput, match="toy: "):
        from_python(text.replace("{marker}", str(marker)).replace("{{", "{"), "toy")
    assert not marker.exists()


def test_a_hostile_statement_beside_good_literals_is_not_run(tmp_path):
    marker = tmp_path / "marker"
    found = from_python(f"open({str(marker)!r}, 'w')\n{PYTHON}", "toy")
    assert found.truths == ("cold", "flu", "gout")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        ({}, "'Outcomes' is missing"),
        ({"x": 1}, "'states' is missing"),
        ({"x": {"states": {}}}, "'states' is missing"),
        ({"x": {"states": {"s": "a"}}}, "does not list truths"),
        ({"x": {"states": {"s": []}}}, None),
    ],
)
def test_a_field_at_fault_is_named(outcomes, why):
    text = json.dumps({"Truths": ["a", "b"], "Actions": ["x"], "Outcomes": outcomes})
    if why is None:
        assert from_json(text, "toy").truths
    else:
        with pytest.raises(BadInput, match=why):
            from_json(text, "toy")


def test_keys_that_json_wrote_as_text_are_read_by_the_declared_type():
    rules = {
        "n": {"type": "int", "states": {"1": ["a"], "[2, 4]": ["b"]}},
        "s": {"type": "str", "states": {"1": ["a"], "[0.0, 0.5]": ["b"], "[odd": ["c"]}},
    }
    found = from_json(json.dumps({"Truths": ["a", "b", "c"], "Outcomes": rules}), "toy")
    assert [s.value for s in found.outcomes["n"]] == [1, (2, 4)]
    assert [s.value for s in found.outcomes["s"]] == ["1", (0.0, 0.5), "[odd"]
    assert found.excluded("n", 3) == {"b"}
    assert found.excluded("s", (0.0, 0.5)) == {"b"}
    assert found.excluded("s", 1) == frozenset()


def test_a_value_where_intervals_meet_rules_out_what_both_do():
    made = domain({"x": {(0, 1): "a", (1, 2): "b"}})
    assert made.excluded("x", 1) == {"a", "b"}
    assert made.excluded("x", 0) == {"a"}
    assert made.excluded("x", 3) == frozenset()


def test_faults_of_a_domain_are_named():
    made = domain({"x": {"1": "ab", "2": "a"}, "y": {(3.0, 2.0): "b", "1": ""}})
    assert list(made.faults()) == [
        "every outcome of 'x' rules out 'a'",
        "no number lies in (3.0, 2.0) of 'y'",
        "nothing rules out 'c'",
    ]


def test_a_task_may_list_its_one_valid_truth():
    made = read_task({**scan_task().row(), "valid_truth": ["a"]}, domain(SCAN), "f, row 1")
    assert made.valid == "a"


def test_a_task_is_named_by_what_is_played():
    made = scan_task()
    others = [task(SCAN, {"scan": "high", "probe": "blue"}), task(SCAN, made.observations, "b")]
    assert len({made.id, *(o.id for o in others)}) == 3
    assert made.id == scan_task(seed=9, book="A book.").id


def test_a_task_that_leaves_more_or_less_than_its_truth_is_broken():
    assert not scan_task().broken
    assert task(SCAN, {"scan": "low", "probe": "red"}).survivors == ("c",)
    assert task(SCAN, {"scan": "low", "probe": "red"}, valid="c").broken is False
    assert task(SCAN, {"scan": "low", "probe": "red"}, valid="a").broken
    assert task({"x": {"1": "b", "2": ""}}, {"x": "1"}).survivors == ("a", "c")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"truths": ["a", "z"]}, "'truths': 'z' is not in domain Toy"),
        ({"actions": ["z"]}, "'actions': 'z' is not in domain Toy"),
        ({"observations": {"scan": "low"}}, "'observations' has nothing for 'probe'"),
        ({"observations": {"scan": None, "probe": "red"}}, "observation of 'scan'"),
        ({"valid_truth": "z"}, "'valid_truth' is not one of the truths"),
        ({"valid_truth": ["a", "b"]}, "'valid_truth' is not one of the truths"),
        ({"seed": "x"}, "'seed' is no whole number"),
        ({"truths": None}, "'truths' is missing or no list"),
    ],
)
def test_a_row_at_fault_names_its_field(change, why):
    row = {**scan_task().row(), **change}
    with pytest.raises(BadInput, match=f"f.jsonl, row 3: .*{why}"):
        read_task(row, domain(SCAN), "f.jsonl, row 3")


def test_a_folder_of_python_domains_is_read_and_written_back(tmp_path):
    env = tmp_path / "env"
    (env / "data").mkdir(parents=True)
    (env / "data" / "sick_data.py").write_text(PYTHON)
    (env / "sick_env.py").write_text("from .data.sick_data import *\n\nclass SickEnv(Env): ...\n")
    row = {
        "truths": ["flu", "gout"],
        "actions": ["heat", "toe"],
        "observations": {"heat": 38.5, "toe": "red"},
        "seed": 0,
        "valid_truth": "gout",
    }
    name = "truth_num=2+action_num=2+valid_truth_num=1"
    books = env / "SickEnv" / "knowledge_book" / name
    books.mkdir(parents=True)
    (books / "seed=0.txt").write_text("A book.")
    (env / "SickEnv" / f"{name}.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    (env / "data" / "odd_data.py").write_text("Outcomes = {a: 1 for a in 'xy'}")
    (env / "odd_env.py").write_text("from .data.odd_data import *\n\nclass OddEnv(Env): ...\n")
    for other in ("LostEnv", "OddEnv"):
        (env / other).mkdir()
        (env / other / f"{name}.jsonl").write_text(json.dumps(row))
    found = read_library(tmp_path)
    assert [t.book for t in found.tasks] == ["A book.", None]
    assert found.unread == (
        f"env/LostEnv/{name}.jsonl: its domain is not there",
        f"env/OddEnv/{name}.jsonl: OddEnv: field 'Outcomes' is missing or no mapping",
    )
    assert found.tasks[0].survivors == ("gout",)
    (env / "LostEnv" / f"{name}.jsonl").unlink()
    (env / "SickEnv" / f"{name}.jsonl").write_text(f"{json.dumps(row)}\nrow")
    with pytest.raises(BadInput, match="row 2: not JSON"):
        read_library(tmp_path)
    write_tasks(found.tasks[:1], tmp_path / "again.jsonl")
    assert json.loads((tmp_path / "again.jsonl").read_text()) == row


def test_an_empty_folder_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="says what to read"):
        read_library(tmp_path)


@pytest.fixture(scope="module")
def library():
    if not KUMO.is_dir():
        pytest.skip(ABSENT)
    return read_library(KUMO)


def test_the_broken_tasks_of_the_shared_part_are_found(library):
    broken = Counter(t.domain.name for t in library.tasks if t.broken)
    assert broken == {
        "CurrencyEnv": 10,
        "SorcererEnv": 4,
        "QuantumEnv": 3,
        "StarConstellationEnv": 3,
        "FungalEnv": 1,
    }
    assert len(library.whole()) == len(library.tasks) - 21 == 3379


def test_the_audit_of_the_shared_part(library):
    found = audit(library)
    assert (found["domains"], found["tasks"], found["unread"]) == (99, 3400, [])
    assert (found["truths"]["least"], found["truths"]["most"]) == (6, 141)
    assert (found["actions"]["least"], found["actions"]["most"]) == (6, 61)
    assert found["types"] == {"str": 2070, "float": 875, "int": 7, "dict": 1}
    assert (found["ruled_out_by_every_outcome"], found["never_ruled_out"]) == (54, 7)
    counts = ("several_states", "no_state", "pairs", "whole_numbers")
    assert [found[c] for c in counts] == [75, 20, 52, 11]
    assert Counter(b["survivors"] for b in found["broken"]) == {2: 12, 0: 8, 4: 1}
    assert {"domain": "FungalEnv", "setting": "4x6", "seed": 36, "survivors": 0} in found["broken"]
