import json

import pytest

from superalign.cli import main
from superalign.critics.audit import red_lines
from superalign.errors import BadInput, Unreachable
from superalign.recipes import command
from superalign.recipes.command import changes

COMMANDS = ["run", "study", "audit", "report", "export", "check", "pretrain", "models"]
AUDITS = [["audit", "critic"], ["audit", "people"]]


def call(capsys, *words):
    code = main(list(words))
    return code, *capsys.readouterr()


@pytest.mark.parametrize("words", [[], *([c] for c in COMMANDS), *AUDITS], ids=str)
def test_every_help_ends_well_and_shows_an_example(capsys, words):
    code, out, _ = call(capsys, *words, "--help")
    assert code == 0
    assert "Example: superalign" in out


def test_the_help_of_an_audit_states_the_red_lines(capsys):
    help_text = " ".join(call(capsys, "audit", "critic", "--help")[1].split())
    for words, limit in [
        ("tamper recall at least", red_lines.RECALL),
        ("false alarms at most", red_lines.ALARM),
        ("passes of any master key", red_lines.KEY),
        ("unscored", red_lines.UNSCORED),
        ("calibration error", red_lines.ECE),
        ("AUROC at least", red_lines.AUROC),
        ("flips of a verdict", red_lines.FLIPS),
    ]:
        assert f"{words} {limit:g}".replace(" 0.", " .") in help_text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", "nope"], "no recipe 'nope'; there are chains, guard, own"),
        (["run", "chains", "--preset", "nope"], "no preset 'nope'; there are quick, full, smoke"),
        (["run", "chains", "--set", "rounds"], "--set rounds: not of the form NAME=VALUE"),
        (["run", "chains", "--set", "round=3"], "recipe chains: round"),
        (["run", "chains", "--set", "rounds=many"], "recipe chains: rounds"),
        (["run", "chains", "--set", "rounds=0"], "'rounds' is 0; it must be at least 1"),
        (["run", "chains", "--set", "labels=10"], "'labels' allows 10 human labels"),
        (["run", "chains", "--set", "budget=1"], "too few for one problem"),
        (["run", "--workers", "x"], "--workers"),
        (["run", "--seed", "-1"], "--seed"),
        (["run", "--nope"], "--nope"),
        (["nope"], "nope"),
        (["run", "own"], "recipe own needs --problems"),
        (["run", "guard"], "recipe guard needs --data"),
        (["report", "nowhere"], "nowhere"),
        (["export", "nowhere", "--out", "x"], "nowhere"),
        (["export", "nowhere"], "--out"),
        (["pretrain", "nope"], "nope"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(
    capsys, words, line, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert line in err
    assert err.startswith("superalign: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (BadInput("a.jsonl row 3: id: missing"), 2, "superalign: a.jsonl row 3: id: missing\n"),
        (Unreachable("openai/x: gone\nfor good"), 2, "superalign: openai/x: gone for good\n"),
        (KeyboardInterrupt(), 130, "superalign: stopped; the same command goes on from here\n"),
    ],
)
def test_errors_within_a_run_become_exit_codes(capsys, monkeypatch, tmp_path, error, code, line):
    def fail(*_):
        raise error

    monkeypatch.setitem(command.RECIPES, "chains", fail)
    found, out, err = call(capsys, "run", "chains", "--out", str(tmp_path), "--json")
    assert (found, out) == (code, "")
    assert err.endswith(line)


def test_a_bug_is_not_dressed_up_as_bad_input(monkeypatch, tmp_path):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(command.RECIPES, "chains", fail)
    with pytest.raises(ZeroDivisionError):
        main(["run", "chains", "--out", str(tmp_path), "--json"])


def test_models_prints_one_json_object(capsys):
    code, out, _ = call(capsys, "models", "--json")
    assert code == 0
    assert isinstance(json.loads(out)["organisms"], list)


def test_overrides_are_json_or_words():
    words = ["rounds=3", "organism=a=b", "noise=0.1", 'arms=["critic"]', "easy=[1, 2]", "x="]
    assert changes(words) == {
        "rounds": 3, "organism": "a=b", "noise": 0.1, "arms": ["critic"], "easy": [1, 2], "x": "",
    }  # fmt: skip
