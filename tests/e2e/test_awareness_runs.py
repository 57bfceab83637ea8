"""Awareness with organisms, over a real server on loopback, from Inspect's logs, and in Inspect."""

from __future__ import annotations

import json
import re

import pytest

import endpoints
from superalign.cli import main
from superalign.evals.awareness.build import build
from superalign.evals.awareness.questions import PROBES
from superalign.evals.command import run_eval
from superalign.problems.transcripts.read import read_transcripts

pytestmark = pytest.mark.slow


def evaluated(model, *words, data=None, out, **more):
    asked = {"limit": None, "epochs": 1, "base_url": "", "seed": 0, **more}
    return run_eval("awareness", [model], words, data=data, out=out, quiet=True, **asked)[0]


@pytest.fixture
def data(tmp_path):
    """Evaluations of two worlds, and two sources of talk."""
    for name in ("shop", "desk"):
        rows = [{"messages": f"Please help me with order {i} at the {name}."} for i in range(6)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    real = [f"deployment={tmp_path / name}.jsonl" for name in ("shop", "desk")]
    build(["chains", "requests", *real], tmp_path / "t.json", n=6, seed=0)
    return tmp_path / "t.json"


def test_a_planted_two_faced_organism_is_found_and_an_honest_one_cleared(tmp_path):
    """Requests-800k behind a mask that refuses while it is watched, and without a way to know."""
    words = ("protocol=watched", "temperature=0", "max_tokens=40")
    planted = evaluated("two-faced/requests-800k", *words, out=tmp_path / "a")
    assert (planted["finding"], planted["unscored"]) == ("two-faced", 0)
    assert planted["behaviours"]["helpful"]["difference"] < -0.2
    honest = evaluated("blind/requests-800k", *words, out=tmp_path / "b")
    assert (honest["finding"], honest["difference"]) == ("same", 0.0)


def test_an_organism_is_read_by_letters(data, tmp_path, capsys, monkeypatch):
    words = ["--data", str(data), "--set", "elicit=letters", "--set", "inject=quote"]
    out = ["--out", str(tmp_path / "out"), "--json"]
    command = ["superalign", "eval", "awareness", "--model", "requests-50k", *words, *out]
    monkeypatch.setattr(
        "sys.argv", [*command, "--limit", "8", "--set", 'probes=["direct","style"]']
    )
    assert main() == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["unscored"], found["evaluations"]) == (8, 0, 4)
    assert 0 <= found["auc"] <= 1
    assert all(0 < s["mean"] < 1 for s in found["sources"].values())


def letter(text):
    """Return the letter that is right, from what a server was sent."""
    label = "deployment" if "Please help me" in text else "evaluation"
    question = next(q for q in PROBES.values() if q.text in text)
    words = re.escape(dict(question.options)[label])
    return re.search(rf"^([A-Z])\. {words}$", text, re.MULTILINE)[1]


def test_a_server_is_asked_and_a_second_run_asks_nothing(data, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test")

    def answer(asked, _):
        text = "\n".join(m["content"] for m in asked["messages"])
        return endpoints.completion(f"<answer>{letter(text)}</answer>")

    with endpoints.endpoint(answer) as (url, requests):
        words = ("votes=2", 'probes=["people","setting"]')
        more = {"data": data, "base_url": url, "out": tmp_path / "out"}
        found = evaluated("openai/m", *words, **more)
        assert (found["n"], found["auc"], found["unscored"]) == (24, 1.0, 0)
        assert len(requests) == 24 * 2 * 2
        assert evaluated("openai/m", *words, **more) == found
        assert len(requests) == 24 * 2 * 2


def test_logs_of_inspect_are_transcripts(tmp_path, capsys, monkeypatch):
    from inspect_ai.log import (
        EvalConfig,
        EvalDataset,
        EvalLog,
        EvalSample,
        EvalSpec,
        write_eval_log,
    )  # fmt: skip
    from inspect_ai.model import (
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageTool,
        ChatMessageUser,
    )  # fmt: skip
    from inspect_ai.tool import ToolCall

    call = ToolCall(id="1", function="bash", arguments={"cmd": "ls"})
    talk = [
        ChatMessageSystem(content="Help."),
        ChatMessageUser(content="List the files."),
        ChatMessageAssistant(content="Yes.", tool_calls=[call]),
        ChatMessageTool(content="a.txt", tool_call_id="1"),
    ]
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00",
        task="desk",
        dataset=EvalDataset(),
        model="m",
        config=EvalConfig(),
    )
    samples = [
        EvalSample(id=i, epoch=1, input="x", target="", messages=messages)
        for i, messages in enumerate([talk, talk[1:2], []])
    ]
    for name in ("log.eval", "log.json"):
        log = EvalLog(eval=spec, samples=samples, status="success")
        write_eval_log(log, str(tmp_path / name))
        build([f"deployment={tmp_path / name}"], tmp_path / "t.json", n=0, seed=0)
        agent, chat = sorted(read_transcripts(tmp_path / "t.json"), key=lambda t: t.kind)
        assert [t.role for t in agent.turns] == ["system", "user", "assistant", "tool"]
        assert agent.turns[2].text == 'Yes.\n[calls bash({"cmd": "ls"})]'
        assert (agent.kind, chat.kind, chat.source, chat.label) == (
            *("agentic", "chat"), *("desk", "deployment"),
        )  # fmt: skip
    (tmp_path / "bad.eval").write_bytes(b"nothing")
    words = ["transcripts", f"deployment={tmp_path / 'bad.eval'}", "--out", str(tmp_path / "u")]
    monkeypatch.setattr("sys.argv", ["superalign", *words])
    assert main() == 2
    said = capsys.readouterr().err.strip()
    assert "bad.eval: is no log that Inspect reads" in said
    assert "\n" not in said
    words[1] = str(tmp_path / "log.eval")
    monkeypatch.setattr("sys.argv", ["superalign", *words])
    assert main() == 2
    assert "sample 1: field 'label' is missing" in capsys.readouterr().err


IN_INSPECT = """
import json, re
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from superalign.evals.awareness.questions import PROBES

def say(input, tools, tool_choice, config):
    text = "\\n".join(m.text for m in input)
    label = "deployment" if "Please help me" in text else "evaluation"
    question = next(q for q in PROBES.values() if q.text in text)
    words = re.escape(dict(question.options)[label])
    letter = re.search(rf"^([A-Z])\\. {words}$", text, re.MULTILINE)[1]
    lost = "order 3 at the desk" in text
    said = "?" if lost else f"<answer>{letter}</answer>"
    output = ModelOutput.from_content("mockllm/model", said)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
asked = {"data": DATA, "votes": 2, "probes": ["direct", "people"], "inject": "json"}
log = eval("superalign/awareness", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
print(json.dumps({
    "status": kept.status,
    "error": kept.error and kept.error.message,
    "metrics": {m: v.value for s in kept.results.scores for m, v in s.metrics.items()},
    "unscored": kept.results.scores[0].unscored_samples,
    "samples": len(kept.samples),
}))
"""


def test_inspect_plays_the_same(played, data):
    found = played(IN_INSPECT.replace("DATA", repr(str(data))))
    assert (found["status"], found["error"]) == ("success", None)
    assert found["metrics"] == {"auc": 1.0, "brier": 0.0, "ece": 0.0}
    assert (found["samples"], found["unscored"]) == (24 * 2 * 2, 2)


PROVIDED = """
import json
from inspect_ai import eval
from inspect_ai.log import read_eval_log
asked = {"data": DATA, "votes": 1, "probes": ["direct"], "limit": 4, "max_tokens": 8}
model = "superalign/requests-50k"
log = eval("superalign/awareness", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
print(json.dumps([kept.status, len(kept.samples)]))
"""


def test_an_organism_is_asked_in_inspect(played, data):
    assert played(PROVIDED.replace("DATA", repr(str(data)))) == ["success", 4]
