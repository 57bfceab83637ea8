"""Runs of the command line that a test starts, waits for and kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SERVER = Path(__file__).with_name("forks.py")
TINY = ("rounds=2", "samples=2", "budget=24", "test=2", "test_between=1", "checks=1", "tampered=1")
ARMS = ("critic", "self_training", "majority", "oracle", "labels")


def smoke(organism: Path, *, arms: Sequence[str], workers: int, out: Path) -> list[str]:
    """Return the words of a run of the preset `smoke`, cut to what a test needs.

    The critic accepts whatever it can read, so that even a learner that knows nothing learns.
    """
    changes = [f"organism={organism}", f"arms={json.dumps(list(arms))}", "accept=0", *TINY]
    sets = [word for change in changes for word in ("--set", change)]
    settings = ["--preset", "smoke", "--workers", str(workers), "--out", str(out), "--json"]
    return ["run", "chains", *settings, *sets]


class Forks:
    """Starts the command line, or a program, in forks of a process with the heavy imports done.

    A fork runs the same `superalign.cli.main` as the console script does; what it is spared is
    the seconds of importing torch, during which nothing of a run happens. The process finds the
    entry points of pyproject.toml, installed or not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self._started = folder, folder / "0.log", 0
        self._server = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=installed(folder / "site"),
        )

    def start(self, words: Sequence[str]) -> int:
        """Start a run and return its process id; `log` is now its own."""
        return self._begin({"start": list(words)})

    def play(self, code: str, folder: Path) -> tuple[int, str]:
        """Run a program in a folder to its end; return the exit code, and all it said."""
        self._begin({"python": code, "in": str(folder)})
        ended = self.ended(500)
        assert ended is not None, self.log.read_text()
        return ended, self.log.read_text()

    def ended(self, within: float) -> int | None:
        """Return the exit code of the run started last, or None if it still runs by then.

        A run ended by a signal has the signal's negative number, as in `subprocess`.
        """
        answer = self._ask({"wait": within})
        return None if answer is None else int(answer)

    def kill(self, process: int) -> int:
        """Kill a run that was not seen to end and return how it ended."""
        os.kill(process, signal.SIGKILL)
        code = self.ended(60)
        assert code is not None
        return code

    def _begin(self, question: dict[str, Any]) -> int:
        self._started += 1
        self.log = self.folder / f"{self._started}.log"
        return int(self._ask({**question, "log": str(self.log)}))

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())

    def close(self) -> None:
        """End the server."""
        self._server.communicate()


def installed(site: Path) -> dict[str, str]:
    """Return an environment in which the entry points of pyproject.toml are found."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    info = site / "superalign-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: superalign\nVersion: 0\n")
    lines = [f"{name} = {module}" for name, module in points["inspect_ai"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[inspect_ai]", *lines]))
    (info / "direct_url.json").write_text('{"dir_info": {"editable": true}, "url": "file:///x"}')
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT / "src")])}
