"""Whatever a user gets wrong ends with exit code 2 and one line that names what is wrong."""

from __future__ import annotations

import http.server
import json
import os
import resource
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from runs import Forks, smoke

from superalign.cli import main
from superalign.ledger import Ledger

pytestmark = pytest.mark.slow
Refused = Callable[..., str]


@pytest.fixture
def refused(capsys) -> Refused:
    """Return a function that runs a command line, sees it refused, and returns the line it said."""

    def run(*words: object) -> str:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        assert (code, said.out) == (2, "")
        *progress, line, end = said.err.split("\n")
        assert line.startswith("superalign: ")
        assert end == ""
        assert not [told for told in progress if "superalign: " in told or "Traceback" in told]
        return line

    return run


@pytest.fixture
def own(organism: Path, tmp_path: Path) -> Callable[..., list[object]]:
    """Return a function that makes the words of a run on one's own problems, JSONL as given."""

    def words(rows: str, *more: object) -> list[object]:
        file = tmp_path / "rows.jsonl"
        file.write_text(rows)
        models = ["--learner", organism, "--critic", organism]
        return ["run", "--problems", file, *models, "--out", tmp_path / "run", *more]

    return words


ROWS = '{"question": "1 + 1?", "answer": "2"}\n{"question": "1 + 2?", "answer": "3"}\n'


def test_a_missing_file_is_named(refused, organism, tmp_path):
    lost = tmp_path / "lost.jsonl"
    models = ["--learner", organism, "--critic", organism, "--out", tmp_path / "run"]
    assert f"{lost}: cannot be read: No such file" in refused("run", "--problems", lost, *models)
    assert str(lost) in refused("run", "guard", "--data", lost, "--out", tmp_path / "run")
    assert f"{tmp_path / 'summary.json'}: no such file" in refused("report", tmp_path)
    assert f"{tmp_path / 'summary.json'}: no such file" in refused(
        "export", tmp_path, "--out", tmp_path / "out"
    )


def test_a_broken_row_is_named_by_file_and_number(refused, own, tmp_path):
    line = refused(*own(ROWS + '{"question": '))
    assert f"{tmp_path / 'rows.jsonl'}: row 3: is not valid JSON" in line


def test_a_wrong_column_is_named_beside_those_that_are_there(refused, own, tmp_path):
    line = refused(*own(ROWS, "--set", 'columns={"prompt": "task"}'))
    where = f"{tmp_path / 'rows.jsonl'}: row 1"
    assert f"{where}: column 'task' is missing; columns there are: answer, question" in line


def test_an_unknown_recipe_preset_or_field_is_named_beside_those_there_are(refused, tmp_path):
    out = ("--out", tmp_path / "run")
    assert "no recipe 'chain'; there are chains, guard, own" in refused("run", "chain", *out)
    line = refused("run", "chains", "--preset", "huge", *out)
    assert "no preset 'huge'; there are quick, full, smoke" in line
    assert "recipe chains: round:" in refused("run", "chains", "--set", "round=3", *out)
    assert "--set rounds: not of the form NAME=VALUE" in refused(
        "run", "chains", "--set", "rounds", *out
    )
    assert not (tmp_path / "run").exists()


@pytest.fixture
def mute(organism: Path, tmp_path: Path) -> Path:
    """Return a checkpoint without a tokenizer."""
    folder = tmp_path / "mute"
    shutil.copytree(organism, folder)
    (folder / "tokenizer.json").unlink()
    return folder


def test_a_checkpoint_without_a_tokenizer_is_named_before_anything_is_written(
    refused, mute, tmp_path
):
    line = refused(*smoke(mute, arms=["critic"], workers=1, out=tmp_path / "run"))
    assert f"{mute}: checkpoint without a tokenizer, tokenizer.json is missing" in line
    assert not (tmp_path / "run").exists()


def test_a_critic_without_a_tokenizer_is_named(refused, own, mute):
    line = refused(*own(ROWS, "--critic", mute))
    assert f"{mute}: checkpoint without a tokenizer, tokenizer.json is missing" in line


def test_a_checkpoint_that_lacks_weights_is_not_filled_with_random_ones(
    refused, organism, tmp_path
):
    from safetensors.torch import load_file, save_file

    torn = tmp_path / "torn"
    shutil.copytree(organism, torn)
    weights = load_file(torn / "model.safetensors")
    name = next(k for k in sorted(weights) if "mlp" in k)
    del weights[name]
    save_file(weights, torn / "model.safetensors", metadata={"format": "pt"})
    words = smoke(torn, arms=["critic"], workers=1, out=tmp_path / "run")
    assert f"{torn}: 1 weights are missing, the first is {name}" in refused(*words)


def remote(own, base_url: str) -> list[object]:
    models = ["--learner", "openai/tiny", "--critic", "openai/tiny", "--base-url", base_url]
    return own(ROWS, *models, "--set", "retries=0", "--set", "timeout=20")


def test_an_endpoint_that_nobody_listens_on_is_named(refused, own):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        where = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    assert f"openai/tiny: no usable answer from {where}" in refused(*remote(own, where))


class Garbage(http.server.BaseHTTPRequestHandler):
    """Answers every request with words that are no chat completion."""

    def do_POST(self) -> None:
        body = b'["not", "a", "chat completion"]'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Server(http.server.ThreadingHTTPServer):
    """Serves, and does not print when a client hangs up early."""

    def handle_error(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def garbage() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Garbage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def test_an_endpoint_that_answers_garbage_is_named(refused, own, garbage):
    line = refused(*remote(own, garbage))
    assert f"openai/tiny: no usable answer from {garbage}" in line
    assert "Unexpected non-ChatCompletion response" in line


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse every write beyond `size` bytes of a file, as a full disk does."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.parametrize("size", [0, 3_000, 40_000, 90_000])
def test_a_full_disk_ends_a_run_with_one_line_and_room_lets_it_go_on(
    refused, organism, tmp_path, size, capsys
):
    out = tmp_path / "run"
    words = smoke(organism, arms=["self_training"], workers=1, out=out)
    with files_of_at_most(size):
        line = refused(*words)
    assert str(out) in line
    assert "cannot be written" in line
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["recipe"] == "chains"


def test_a_place_that_takes_no_folder_is_named(refused, organism, tmp_path):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "run"
    line = refused(*smoke(organism, arms=["critic"], workers=1, out=out))
    assert f"{out} cannot be written: Not a directory" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only folder")
def test_a_read_only_folder_is_named(refused, organism, tmp_path):
    tmp_path.chmod(0o500)
    line = refused(*smoke(organism, arms=["critic"], workers=1, out=tmp_path / "run"))
    assert f"{tmp_path / 'run'} cannot be written: Permission denied" in line


def test_a_second_run_in_a_folder_is_refused(refused, organism, tmp_path):
    words = smoke(organism, arms=["critic"], workers=1, out=tmp_path)
    with Ledger.open(tmp_path, {}, seed=0):
        line = refused(*words)
    assert f"{tmp_path} is in use by process {os.getpid()}" in line


def test_another_configuration_in_the_folder_of_a_run_is_refused(refused, organism, tmp_path):
    with Ledger.open(tmp_path, {"preset": "smoke"}, seed=0):
        pass
    line = refused(*smoke(organism, arms=["critic"], workers=1, out=tmp_path))
    assert f"{tmp_path / 'config.json'}: field 'organism' is here only" in line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("budget=3", "'budget' is 3 samples a round, too few for one problem with 'samples' 4"),
        ("budget=0", "'budget' is 0; it must be at least 1"),
        ("labels=10", "'labels' allows 10 human labels"),
        ("samples=-1", "'samples' is -1; it must be at least 1"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused_before_it_is_spent(
    refused, organism, tmp_path, change, said
):
    out = tmp_path / "run"
    settings = ["--preset", "smoke", "--set", f"organism={organism}", "--set", change, "--out", out]
    assert said in refused("run", "chains", *settings)
    assert not out.exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_a_run_with_130_and_the_same_command_goes_on(
    forks: Forks, organism, tmp_path, workers
):
    out = tmp_path / "run"
    words = smoke(organism, arms=["critic", "oracle"], workers=workers, out=out)
    process = forks.start(words)
    while not any(out.glob("arms/*/ledger.sqlite")):
        assert forks.ended(0.05) is None, forks.log.read_text()
    os.kill(process, signal.SIGINT)
    assert forks.ended(60) == 130
    said = forks.log.read_text()
    assert said.endswith("superalign: stopped; the same command goes on from here\n")
    assert "Traceback" not in said
    assert not (out / "summary.json").exists()
    forks.start(words)
    assert forks.ended(300) == 0
    assert json.loads((out / "summary.json").read_text())["recipe"] == "chains"
