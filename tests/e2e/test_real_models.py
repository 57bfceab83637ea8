"""The loop on real GSM8K rows against a real server: `transformers serve` on loopback.

The served model has random weights, so its answers and verdicts are noise; what is tested is all
that lies between the user's file and the exported data.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from superalign.errors import Unreachable
from superalign.learners.sft import Sft
from superalign.policies.local import LocalPolicy
from superalign.policies.organisms import Shape, new_model
from superalign.policies.remote import RemotePolicy
from superalign.policies.scripted import Scripted
from superalign.policies.tokenizers import character_tokenizer
from superalign.progress import Progress
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.run import run_own
from superalign.recipes.own.seats import Seats
from superalign.records import Message

GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k" / "test.jsonl"
CHAT = (
    "{{ bos_token }}{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
ROWS = 6

pytestmark = pytest.mark.slow
needs_gsm8k = pytest.mark.skipif(not GSM8K.exists(), reason="../shared/data/gsm8k is not there")


class Heard(Progress):
    """Keeps what a reader would see."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "organism"
    shape = Shape(width=32, layers=2, heads=2, inner=64, lr=0, tokens=0)
    tokenizer = character_tokenizer()
    tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(folder)
    model = new_model(shape, len(tokenizer), seed=0)
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(checkpoint: Path) -> Iterator[str]:
    """Serve the checkpoint with `transformers serve` and return its base URL."""
    port = _free_port()
    where = f"http://127.0.0.1:{port}"
    command = [Path(sys.executable).with_name("transformers"), "serve", checkpoint.name]
    flags = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = checkpoint.parent / "serve.log"
    with log.open("w") as out:
        child = subprocess.Popen(
            [*command, *flags],
            cwd=checkpoint.parent,
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONPATH": ""},
        )
        try:
            _wait(child, f"{where}/health", log)
            yield f"{where}/v1"
        finally:
            child.terminate()
            child.wait(10)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(600):
        assert child.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server did not come up: {log.read_text()}")


def _config(base_url: str, **changes: object) -> OwnConfig:
    settings = {
        "problems": str(GSM8K),
        "learner": "openai/organism",
        "critic": "openai/organism",
        "base_url": base_url,
        "limit": ROWS,
        "samples": 2,
        "looks": 1,
        "max_tokens": 32,
        "retries": 1,
    }
    return OwnConfig.model_validate({**settings, **changes})


def _judge(seen: Sequence[Message], seed: int) -> str:
    """Pass about half of all replies, as their text falls, with quotes that stand in them."""
    shown = seen[-1].text
    reply = shown[shown.index("<reply ") : shown.index("</reply ")].split(">\n", 1)[1].rstrip("\n")
    word = max(reply.split(), key=len)
    good = sum(map(ord, reply)) % 2 == 0
    issues = [] if good else [{"quote": word, "why": "it is not a number"}]
    verdict = "pass" if good else "fail"
    return json.dumps({"issues": issues, "answer": word, "verdict": verdict, "confidence": 0.9})


@needs_gsm8k
def test_a_remote_learner_is_attacked_judged_and_measured_on_real_rows(server, tmp_path):
    heard = Heard()
    summary = run_own(_config(server, attacker="openai/organism"), tmp_path / "run", heard)

    assert summary == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["trainable"] is False
    assert any("cannot be trained here" in line for line in heard.lines)
    assert summary["labelled"] == ROWS
    assert summary["attacks"]["asked"] == ROWS
    assert summary["answers"] == {"n": 2 * ROWS, "error": 0, "refused": 0}
    assert summary["gold_accuracy"]["start"]["n"] == ROWS
    # A judge of random weights writes no verdict: everything is unscored, nothing is a failure.
    assert summary["critic_error"]["unscored"]["critic"] == 2 * ROWS
    # Whether its noise ends in the token limit or before it differs from machine to machine.
    reasons = summary["passed"]["given"]["unscored"]
    assert set(reasons) <= {"unreadable", "judge_truncated"}
    assert sum(reasons.values()) == 2 * ROWS
    assert summary["pairs"]["n"] == 0
    spent = summary["spent"]["openai/organism"]
    assert spent["answers"] > 2 * ROWS
    assert spent["completion_tokens"] > 0
    assert spent["dollars"] is None


@needs_gsm8k
def test_refined_answers_become_preference_data_that_trl_trains_on(server, checkpoint, tmp_path):
    learner = RemotePolicy("openai/organism", base_url=server, max_tokens=32)
    seats = Seats(learner=learner, critic=Scripted(_judge, name="half"))
    folder = tmp_path / "run"
    summary = run_own(_config(server, samples=4, critic="half"), folder, Progress(), seats=seats)

    assert summary["critic_error"]["n"] == 4 * ROWS
    assert summary["revisions"]["n"] > 0
    assert summary["pairs"]["refine"] == summary["revisions"]["accepted"] > 0
    rows = [json.loads(line) for line in (folder / "preferences.jsonl").open()]
    assert len(rows) == summary["pairs"]["n"] > summary["pairs"]["refine"]
    assert all(row["chosen"] != row["rejected"] for row in rows)
    questions = [json.loads(line)["question"] for line in GSM8K.open()]
    assert {row["prompt"][-1]["content"] for row in rows} <= set(questions[:ROWS])
    assert _dpo_steps(folder / "preferences.jsonl", checkpoint, tmp_path) == 2


def _dpo_steps(pairs: Path, checkpoint: Path, folder: Path) -> int:
    """Train on the exported file with TRL as its documentation says; return the steps taken."""
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    rows = load_dataset("json", data_files=str(pairs), split="train", cache_dir=str(folder / "c"))
    settings = DPOConfig(
        output_dir=str(folder / "dpo"),
        max_steps=2,
        per_device_train_batch_size=2,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to="none",
        save_strategy="no",
        precompute_ref_log_probs=True,
    )
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(checkpoint),
        args=settings,
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(checkpoint),
    )
    trainer.train()
    return int(trainer.state.global_step)


@needs_gsm8k
def test_a_run_that_goes_on_asks_nothing_twice(server, tmp_path):
    folder, config = tmp_path / "run", _config(server, limit=3)
    first = run_own(config, folder, Progress())
    (folder / "summary.json").unlink()
    again = run_own(config, folder, Progress())
    assert {**again, "seconds": 0} == {**first, "seconds": 0}

    learner = RemotePolicy(
        "openai/organism", base_url=server, max_tokens=32, cache=folder / "replies.sqlite"
    )
    afresh = run_own(
        config, tmp_path / "other", Progress(), seats=Seats(learner=learner, critic=learner)
    )
    assert learner.calls.asked == 0
    assert learner.calls.cached > 0
    assert afresh["passed"] == first["passed"]


@needs_gsm8k
def test_a_local_learner_is_trained_and_gated_on_held_out_problems(checkpoint, tmp_path):
    learner = LocalPolicy(checkpoint, max_new_tokens=32)
    seats = Seats(learner=learner, critic=Scripted(_judge, name="half"))
    config = _config("", learner=str(checkpoint), critic="half", samples=4)
    trainer = Sft(folder=tmp_path / "policies", steps=3)
    summary = run_own(config, tmp_path / "run", Progress(), seats=seats, learner=trainer)

    assert summary["trainable"] is True
    assert summary["answers"]["n"] == 4 * ROWS / 2
    assert summary["gold_accuracy"]["end"]["n"] == ROWS / 2
    gate = summary["rounds"][0]["gate"]
    assert gate["promoted"] == (gate["change"]["difference"] >= 0)
    (trained,) = (tmp_path / "policies").iterdir()
    assert learner.at(trained).id != learner.id


@needs_gsm8k
def test_a_closed_port_ends_the_run_with_one_line(tmp_path):
    config = _config(f"http://127.0.0.1:{_free_port()}/v1", retries=0)
    with pytest.raises(Unreachable, match="no usable answer from http://127") as caught:
        run_own(config, tmp_path, Progress())
    assert "\n" not in str(caught.value)


@needs_gsm8k
def test_a_server_that_is_no_model_endpoint_ends_the_run_with_one_line(tmp_path):
    port = _free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    child = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        _wait(child, f"http://127.0.0.1:{port}", Path(os.devnull))
        with pytest.raises(Unreachable, match="no usable answer") as caught:
            run_own(_config(f"http://127.0.0.1:{port}/v1", retries=0), tmp_path / "r", Progress())
        assert "\n" not in str(caught.value)
    finally:
        child.terminate()
        child.wait(10)
