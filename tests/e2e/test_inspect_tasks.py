"""Tasks run under Inspect by their entry point, offline, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PLAYED = """
import json, os
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from superalign.evals.kumo.config import KumoConfig, chosen
from superalign.problems.kumo.play import oracle_player

tasks, _ = chosen(KumoConfig(truths=3, actions=5), None, seed=3, limit=3)

def say(input, tools, tool_choice, config):
    text = input[0].text
    task = next(t for t in tasks if all(n in text for n in (*t.truths, *t.actions)))
    play = oracle_player(task)
    name = [*play.taken, play.named][sum(m.role == "assistant" for m in input)]
    if task is tasks[0]:
        name = "nonsense"
    output = ModelOutput.from_content("mockllm/model", f"<ANSWER>{name}</ANSWER>")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
asked = {"seed": 3, "limit": 3, "truths": 3, "actions": 5}
log = eval("superalign/kumo", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
scores = kept.results.scores if kept.results else []
print(json.dumps({
    "status": kept.status,
    "error": kept.error and kept.error.message,
    "scores": {s.name: s.metrics["mean"].value for s in scores},
    "unscored": [s.unscored_samples for s in scores],
    "instructions": [sum("<ANSWER> name" in m.text for m in s.messages) for s in kept.samples],
    "bytes": os.path.getsize(log.location),
    "optimal": [len(oracle_player(t).taken) for t in tasks],
}))
"""


def test_a_log_of_inspect_holds_what_the_model_did(played):
    found = played(PLAYED)
    assert (found["status"], found["error"]) == ("success", None)
    assert found["scores"]["success"] == pytest.approx(2 / 3)
    assert found["scores"]["actions"] == pytest.approx(sum(found["optimal"][1:]) / 3)
    assert found["unscored"] == [0, 0, 0, 0]
    assert found["instructions"] == [1, 1, 1]
    assert found["bytes"] < 100_000


MISSING = """
import sys
sys.modules["numba"] = None
from inspect_ai import eval
from inspect_ai.model import get_model
eval("superalign/kumo", model="mockllm/model", display="none", limit=1)
"""


def test_a_missing_package_is_said_and_the_tasks_stay(forks, tmp_path):
    ended, said = forks.play(MISSING, tmp_path)
    assert ended != 0
    assert "pip install 'superalign[evals]'" in said
    assert "No inspect tasks were found" not in said


def test_the_registry_loads_nothing_that_may_be_missing():
    heavy = ["torch", "transformers", "numba", "pysat", "sklearn", "datasets"]
    code = f"""
import sys
import superalign.evals.registry
print(sorted(set({heavy}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


ANSWERED = """
import json, sys
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def say(input, tools, tool_choice, config):
    text = input[-1].text
    if "<reply" in text:
        said = "[ANSWER]A[/ANSWER]"
    elif "in vain" in text:
        output = ModelOutput.from_content("mockllm/model", "", stop_reason="content_filter")
    else:
        said = "[ANSWER]-5[/ANSWER]" if "How much" in text else "The lightest one."
    if "in vain" not in text:
        output = ModelOutput.from_content("mockllm/model", said)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
found = {}
for extractor in ("", "role"):
    task_args = {"data": sys.argv[1], "extractor": extractor}
    roles = {"extractor": get_model("mockllm/model", custom_outputs=say)}
    log = eval("superalign/chembench", model=model, display="none", task_args=task_args,
               model_roles=roles)[0]
    kept = read_eval_log(log.location)
    assert kept.status == "success", kept.error
    metrics = {m: v.value for s in kept.results.scores for m, v in s.metrics.items()}
    found[extractor] = {"metrics": metrics, "unscored": kept.results.scores[0].unscored_samples}
print(json.dumps(found))
"""


def test_chembench_scores_leaves_unscored_and_extracts(played, tmp_path):
    gas = {"input": "Which gas?", "target_scores": {"Methane": 1, "Ethane": 0}}
    negative = {"input": "How much?", "target": "-5"}
    vain = {"input": "Asked in vain?", "target": "1"}
    keywords = ["safety"], ["organic-chemistry"], ["safety"]
    rows = [
        {"name": f"q{i}", "path": f"d/{i}.json", "keywords": k, "examples": [example]}
        for i, (k, example) in enumerate(zip(keywords, (gas, negative, vain), strict=True))
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = played(ANSWERED.replace("sys.argv[1]", repr(str(path))))
    assert found[""]["metrics"]["accuracy"] == 0.5
    assert found[""]["metrics"]["Toxicity/Safety"] == 0.0
    assert found["role"]["metrics"]["accuracy"] == 1.0
    assert found["role"]["metrics"]["Organic Chemistry"] == 1.0
    assert (found[""]["unscored"], found["role"]["unscored"]) == (1, 1)
