"""Runs command lines in forks of itself, its heavy imports done.

Reads a JSON object a line and answers each with a JSON line. `{"start": WORDS, "log": FILE}` forks
and answers the process id; FILE gets all that the fork prints. `{"wait": SECONDS}` answers the exit
code of the fork started last, negative for a signal, or null while it runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from typing import Any, NoReturn

POLL = 0.002


def warm() -> None:
    """Import what a run imports; no tensor is made, so torch has no threads that a fork loses."""
    import transformers.models.llama.modeling_llama  # noqa: F401 - loaded ahead of the forks

    import superalign.learners.process_reward
    import superalign.learners.sft
    import superalign.recipes.chains.run
    import superalign.recipes.command  # noqa: F401 - loaded ahead of the forks


def start(words: list[str], log: str) -> int:
    child = os.fork()
    return child or run(words, log)


def run(words: list[str], log: str) -> NoReturn:
    """Be the command line, with a log for a terminal."""
    from superalign.cli import main

    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = 1
    try:
        code = main(words)
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


def answer(question: dict[str, Any], child: int) -> int | None:
    if "start" in question:
        return start(question["start"], question["log"])
    return wait(child, question["wait"])


def serve() -> None:
    child = 0
    for line in sys.stdin:
        question = json.loads(line)
        found = answer(question, child)
        if "start" in question:
            child = found or 0
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    warm()
    serve()
