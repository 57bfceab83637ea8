"""The paradox from the command line: an organism, an endpoint, and Inspect, all offline."""

from __future__ import annotations

import json

import pytest

from endpoints import completion, endpoint
from superalign.cli import main

pytestmark = pytest.mark.slow

ROWS = [
    {
        "id": str(i),
        "input": f"Which word is number {i}?",
        "reference": f"word{i}",
        "neg_hard": [f"word{i}{x}" for x in "abc"],
    }
    for i in range(4)
]


def summary(words, capsys):
    assert main(["eval", "paradox", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_organism_makes_chooses_and_answers(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--model", "chains-50k", "--set", "data=chains", "--limit", "6"]
    found = summary(words, capsys)
    assert (found["n"], found["unscored"], found["select"]) == (6, 0, "likelihood")
    assert found["understanding_easy"] > 0.5
    assert -1 / 3 <= found["understanding_hard"] <= 1
    assert found["tokens_making"] > 5
    assert summary(words, capsys) == found
    assert main(["eval", "paradox", "--model", "chains-50k", "--set", "data=shapes"]) == 2
    assert "checkpoints here read text alone" in capsys.readouterr().err


def test_a_model_behind_an_endpoint_sees_pictures_and_letters(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures = []

    def answer(asked, i):
        content = asked["messages"][-1]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        text = next(p["text"] for p in parts if p["type"] == "text")
        pictures.append(sum(p["type"] == "image_url" for p in parts))
        return completion("red circle 1 1" if "Draw a picture" in text else "Answer: A")

    with endpoint(answer) as (url, _):
        words = ["--model", "openai/m", "--base-url", url, "--set", "data=shapes", "--limit", "3"]
        found = summary(words, capsys)
        asked = len(pictures)
        assert summary(words, capsys) == found
    assert len(pictures) == asked
    assert {0, 1, 4} == set(pictures)
    assert (found["n"], found["generation"], found["understanding_hard"]) == (3, 0.0, 0.0)
    assert found["order_flips"] == 1.0
    assert found["tokens_making"] == 4


PLAYED = r"""
import json, re
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def say(input, tools, tool_choice, config):
    text = input[-1].text
    number = re.search(r"number (\d)", text)[1]
    right = re.search(rf"^([A-Z])\. word{number}$", text, re.MULTILINE)
    said = f"Answer: {right[1]}" if right else f"Answer: word{number}"
    if number == "0" and right:
        said = "Answer: A"
    stop = "content_filter" if number == "3" else "stop"
    output = ModelOutput.from_content("mockllm/model", said, stop_reason=stop)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
log = eval("superalign/paradox", model=model, display="none", task_args={"data": "DATA"})[0]
kept = read_eval_log(log.location)
print(json.dumps({
    "status": kept.status,
    "error": kept.error and kept.error.message,
    "scores": {s.name: s.metrics["mean"].value for s in kept.results.scores},
    "unscored": {s.name: s.unscored_samples for s in kept.results.scores},
}))
"""


def test_a_log_of_inspect_holds_making_choosing_and_the_gap(played, tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    found = played(PLAYED.replace("DATA", str(path)))
    assert (found["status"], found["error"]) == ("success", None)
    assert found["scores"]["generation"] == 1.0
    assert found["scores"]["understanding_hard"] == pytest.approx(2 / 3)
    assert found["scores"]["gap_hard"] == pytest.approx(1 / 3)
    assert found["scores"]["order_flips"] == pytest.approx(1 / 3)
    assert found["unscored"]["generation"] == 1
    assert found["unscored"]["about_own"] == 4
