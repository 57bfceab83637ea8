"""Profiles of real models: an organism, a server on loopback, Inspect; and the guide, as it is."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from endpoints import completion, endpoint
from superalign.cli import main
from superalign.recipes.chains import card as chains_card

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "pretrain-adapt-prompt.md"
BLOCK = re.compile(r"^```(?P<kind>sh|python)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
TINY = (
    *("accept=0", "rounds=1", "samples=2", "budget=24", "test=2", "test_between=1", "checks=1"),
    *("tampered=1", "'arms=[\"critic\"]'"),
)
SMALLER = (
    ("--tokens 2e6", "--tokens 8e3"),
    ("made=400", "made=4"),
    ("--preset quick", f"--preset smoke --workers 1 {' '.join(f'--set {t}' for t in TINY)}"),
    ("--limit 4", "--limit 1 --set max_tokens=16"),
    ("steps=40", "steps=2"),
    ("range(300)", "range(8)"),
)
"""What the guide says, and what the test runs in its place.

The loop starts from an organism that comes to an end: one that learnt from few tokens never does.
"""
pytestmark = pytest.mark.slow


def told(capsys, *words):
    assert main(["eval", "capabilities", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def heads(found):
    return {r["area"]: r for r in reversed(found["rows"])}


def test_an_organism_is_profiled_offline(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--model", "chains-50k", "--limit", "3", "--set", "max_tokens=120"]
    found = told(capsys, *words)
    assert found["choices"] == "likelihood"
    assert found["unscored"] == 0
    assert {"calibration", "truthfulness-all", "requests", "chains"} <= set(heads(found))
    assert heads(found)["chess"]["n"] == 3
    assert told(capsys, *words) == found


def test_a_server_is_asked_by_letter_and_by_answer(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def answer(asked, i):
        said = asked["messages"][-1]["content"]
        if "crate holds" in said:
            return 500, "application/json", "{}"
        return completion("The answer is B." if "B)" in said else "#### 84")

    words = ["--model", "openai/m", "--set", "areas=openbookqa,gsm8k,xstest,truthfulqa"]
    monkeypatch.setattr("superalign.policies.remote.LONGEST_WAIT", 0.01)
    with endpoint(answer) as (url, requests):
        found = told(capsys, *words, "--base-url", url)
        sent = len(requests)
        assert told(capsys, *words, "--base-url", url) == found
        assert len(requests) == sent
    assert found["choices"] == "letters"
    assert set(found["left_out"]) == {"truthfulness-all"}
    assert heads(found)["science"]["value"] == 0.25
    assert heads(found)["arithmetic"]["unscored"] == 1
    assert heads(found)["over-refusal"]["value"] == 0.5


PROFILED = """
import json
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def say(input, tools, tool_choice, config):
    text = input[-1].text
    if "Who is clumsy" in text:
        output = ModelOutput.from_content("mockllm/model", "", stop_reason="content_filter")
    else:
        output = ModelOutput.from_content("mockllm/model", "A" if "A)" in text else "no idea")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
asked = {"areas": "bbq,legalbench,gsm8k"}
log = eval("superalign/capabilities", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
assert kept.status == "success", kept.error
metrics = {m: v.value for s in kept.results.scores for m, v in s.metrics.items()}
print(json.dumps({"metrics": metrics, "unscored": kept.results.scores[0].unscored_samples}))
"""


def test_inspect_has_the_same_figures(played):
    found = played(PROFILED)
    assert found["unscored"] == 4
    metrics = found["metrics"]
    assert metrics["legal balanced_accuracy"] == 0.5
    assert metrics["arithmetic accuracy"] == 0.0
    assert {"bias accuracy", "bias s_amb", "bias s_dis"} <= set(metrics)
    assert 0 < metrics["accuracy"] < 0.5


def words_of(line, url, organism):
    for long, short in (*SMALLER, ("organism=organisms/chains-50k", f"organism={organism}")):
        line = line.replace(long, short)
    words = shlex.split(line.replace("http://localhost:8000/v1", url))
    assert words[0] == "superalign"
    return words[1:]


def test_every_command_of_the_guide_runs_in_its_order(tmp_path, capsys, monkeypatch, organism):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(chains_card, "TEST", 1)
    ran_here = []
    with endpoint(lambda *_: completion("#### 84")) as (url, _):
        for block in BLOCK.finditer(GUIDE.read_text()):
            if block["kind"] == "python":
                code = block["code"]
                for long, short in SMALLER:
                    code = code.replace(long, short)
                exec(compile(code, str(GUIDE), "exec"), {"__name__": "__main__"})
                continue
            for line in block["code"].splitlines():
                assert main(words_of(line, url, organism)) == 0, (
                    f"{line}: {capsys.readouterr().err}"
                )
                ran_here.append(line)
    assert len(ran_here) >= 10
    profiles = [json.loads(p.read_text()) for p in tmp_path.glob("runs/*/*/summary.json")]
    assert len(profiles) == 8
    assert "tuned" in capsys.readouterr().out
