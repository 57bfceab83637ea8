"""Each seeded fault is applied in memory, and the checks that pass on the true code must fail.

A check that no fault fails may check nothing; a function without a fault may be unchecked.
"""

import ast
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from faults import FAULTS
from test_vectors import CHECKS

SEEDED = [(module, *fault) for module, faults in FAULTS.items() for fault in faults]


@cache
def source_of(module):
    return Path(importlib.util.find_spec(module).origin).read_text()


@cache
def functions_of(module):
    """Return {name: (first line, last line)}, methods as Class.method, decorators included."""
    found = {}
    for node in ast.parse(source_of(module)).body:
        inside = [(f"{node.name}.", x) for x in node.body] if isinstance(node, ast.ClassDef) else []
        for prefix, item in [*inside, ("", node)]:
            if isinstance(item, ast.FunctionDef):
                found[prefix + item.name] = (item.lineno, item.end_lineno)
    return found


def faulty(module, function, old, new):
    """Return a copy of the module in which `old`, once in `function`, reads `new`."""
    lines = source_of(module).splitlines(keepends=True)
    first, last = functions_of(module)[function]
    text = "".join(lines[first - 1 : last])
    body = text[text.find('"""', text.find('"""') + 3) + 3 :] if '"""' in text else text
    assert body.count(old) == 1, f"{function}: {old!r} is there {body.count(old)} times"
    changed = text[: len(text) - len(body)] + body.replace(old, new)
    copy = ModuleType(f"{module}__faulty")
    sys.modules[copy.__name__] = copy
    code = "".join(lines[: first - 1]) + changed + "".join(lines[last:])
    exec(compile(code, f"<faulty {module}>", "exec"), copy.__dict__)
    return copy


def kills(check, copy):
    try:
        check(copy)
    except (AssertionError, AttributeError, ValueError, TypeError, LookupError, ArithmeticError):
        return True
    except pytest.fail.Exception:
        return True
    return False


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("module", "function", "old", "new"),
    SEEDED,
    ids=[f"{m.rpartition('.')[2]}-{f}-{i}" for i, (m, f, _, _) in enumerate(SEEDED)],
)
def test_the_checks_kill(module, function, old, new):
    copy = faulty(module, function, old, new)
    try:
        assert any(kills(check, copy) for check in CHECKS[module]), f"{old!r} -> {new!r} survives"
    finally:
        del sys.modules[copy.__name__]


@pytest.mark.parametrize("module", FAULTS)
def test_every_public_function_has_a_fault(module):
    public = {f for f in functions_of(module) if not f.split(".")[-1].startswith("_")}
    assert not public - {function for function, _, _ in FAULTS[module]}
    assert module in CHECKS
