"""Runs command lines, and Python, in forks of itself, its heavy imports done.

Reads a JSON object a line and answers each with a JSON line. `{"start": WORDS, "log": FILE}` forks
and answers the process id; FILE gets all that the fork prints. `{"python": CODE, "in": FOLDER,
"log": FILE}` does so with a program. `{"wait": SECONDS}` answers the exit code of the fork started
last, negative for a signal, or null while it runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

POLL = 0.002


def warm() -> None:
    """Import what a run imports; no tensor is made, so torch has no threads that a fork loses."""
    import inspect_ai.log
    import inspect_ai.model  # noqa: F401 - loaded ahead of the forks
    import transformers.models.llama.modeling_llama  # noqa: F401 - loaded ahead of the forks

    import superalign.learners.process_reward
    import superalign.learners.sft
    import superalign.recipes.chains.run
    import superalign.recipes.command  # noqa: F401 - loaded ahead of the forks


def work(question: dict[str, Any]) -> Callable[[], int]:
    """Return what a fork does, which returns its exit code."""
    if "start" in question:
        from superalign.cli import main

        return lambda: main(question["start"])
    return lambda: play(question["python"], question["in"])


def play(code: str, folder: str) -> int:
    os.chdir(folder)
    exec(compile(code, "<played>", "exec"), {"__name__": "__main__"})
    return 0


def start(question: dict[str, Any]) -> int:
    child = os.fork()
    return child or run(work(question), question["log"])


def run(done: Callable[[], int], log: str) -> NoReturn:
    """Be the command line, or a program, with a log for a terminal."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = 1
    try:
        code = done()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(child: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(POLL)


def serve() -> None:
    child = 0
    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            found = wait(child, question["wait"])
        else:
            found = child = start(question)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    warm()
    serve()
