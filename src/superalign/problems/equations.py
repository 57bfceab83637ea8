"""Whether two mathematical expressions are equal, by `math-verify`, in a process of its own.

Expressions come from models, so they are hostile: `9^{9^{9}}` fills memory and stops for no signal.
The comparison runs in a child with bounded memory, and a child that takes too long is killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import lru_cache
from typing import Any, TextIO

from superalign.errors import BadInput

SECONDS = 5.0
"""Processor time that one comparison may take."""
PATIENCE = 120.0
"""Time that an answer of the child may take, however busy the machine."""
LONGEST = 2000
"""Characters of an expression; a longer one is not compared."""
CACHED = 4096
"""Expressions that the child remembers how to read."""
MEMORY = 2**31
"""Bytes the child may map."""


class Comparer:
    """One child process, started when first needed and after every kill; safe among threads."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def same(self, gold: str, said: str) -> bool | None:
        """Return whether the two are equal, or None when that could not be decided in time.

        Raises:
            BadInput: If `math-verify` is not installed.
        """
        return self._decided("same", gold, said)

    def cancels(self, gold: str, said: str) -> bool | None:
        """Return whether algebra makes their difference zero, or None if it took too long.

        Raises:
            BadInput: If `math-verify`, whose parser reads both, is not installed.
        """
        return self._decided("cancels", gold, said)

    def value(self, said: str) -> complex | None:
        """Return a number that equal expressions share up to rounding, or None if none is sure.

        Letters stand for fixed numbers, and what is listed is added up in any order. So two
        values that differ tell expressions apart without a comparison of the two.

        Raises:
            BadInput: If `math-verify` is not installed.
        """
        parts = None if len(said) > LONGEST else self._asked("value", said)
        return None if parts is None else complex(*parts)

    def _decided(self, question: str, gold: str, said: str) -> bool | None:
        if max(len(gold), len(said)) > LONGEST:
            return False
        found = self._asked(question, gold, said)
        return None if found is None else bool(found)

    def _asked(self, question: str, *texts: str) -> Any:
        """Return the child's answer, or None when there was none in time."""
        with self._lock:
            answer = self._exchange(self._running(), json.dumps([question, texts, SECONDS]))
            if not answer:
                self.close()
                return None
            return json.loads(answer)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "superalign.problems.equations"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )
            if self._exchange(self._child, "") != "ready\n":
                self.close()
                raise BadInput("comparing mathematics needs: pip install 'superalign[data]'")
        return self._child

    @staticmethod
    def _exchange(child: subprocess.Popen[str], line: str) -> str:
        """Send a line, if any, and return the child's; empty when it was too slow or died."""
        assert child.stdin is not None
        assert child.stdout is not None
        clock = threading.Timer(PATIENCE, child.kill)
        clock.start()
        try:
            if line:
                child.stdin.write(line + "\n")
                child.stdin.flush()
            return child.stdout.readline()
        except BrokenPipeError:
            return ""
        finally:
            clock.cancel()


_comparer = Comparer()
same, cancels, value = _comparer.same, _comparer.cancels, _comparer.value
"""Ask the process's own child."""


def _serve() -> None:
    """Answer comparisons from standard input until it closes."""
    _bound_memory()
    from math_verify import parse, verify

    # The pipe carries answers only; whatever a library prints must not be read as one.
    answers, sys.stdout = sys.stdout, sys.stderr
    verify(parse("1", parsing_timeout=None), parse("2", parsing_timeout=None), timeout_seconds=None)

    @lru_cache(maxsize=CACHED)
    def read(text: str) -> list[Any]:
        return list(parse(f"\\boxed{{{text}}}", parsing_timeout=None))

    _write(answers, "ready")
    for line in sys.stdin:
        question, texts, seconds = json.loads(line)
        _bound_time(seconds)
        parsed = [read(text) for text in texts]
        answer: Any = None
        if question == "value":
            answer = _value(parsed[0][0]) if parsed[0] else None
        elif not all(parsed):
            answer = False
        elif question == "same":
            answer = bool(verify(*parsed, timeout_seconds=None))
        else:
            answer = _cancels(*(p[0] for p in parsed))
        _bound_time(0.0)
        _write(answers, json.dumps(answer))


def _cancels(gold: Any, said: Any) -> bool:
    from sympy import Expr, simplify

    both = isinstance(gold, Expr) and isinstance(said, Expr)
    return both and bool(simplify(gold - said) == 0)


def _value(parsed: Any) -> tuple[float, float] | None:
    """Return real and imaginary part of the sum of f(x) = x + x^2 / 3 over what is listed."""
    from sympy import Expr, FiniteSet, Interval, MatrixBase, Rational, Tuple

    listed = [parsed]
    if isinstance(parsed, FiniteSet | Tuple | MatrixBase):
        listed = list(parsed)
    elif isinstance(parsed, Interval):
        listed = [parsed.start, parsed.end]
    if not listed or not all(isinstance(x, Expr) for x in listed):
        return None
    names = {s: s.name.lower() for x in listed for s in x.free_symbols}
    if not all(len(name) == 1 and name.isalpha() for name in names.values()):
        return None
    letters = {s: Rational(ord(name), 37) for s, name in names.items()}
    try:
        numbers = [complex(x.subs(letters).evalf()) for x in listed]
    except (TypeError, OverflowError):  # no number, or too large a one
        return None
    total = sum(x + x * x / 3 for x in numbers)
    return total.real, total.imag


def _write(answers: TextIO, line: str) -> None:
    answers.write(line + "\n")
    answers.flush()


def _bound_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _bound_time(seconds: float) -> None:
    """End this process after so many seconds of processor time; 0 takes the bound off.

    The signal's default action needs no Python code to run, so one long operation cannot delay it.
    """
    if sys.platform != "win32":
        import signal

        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    _serve()
