"""The rules of the house, read from the syntax trees: arrows, doors, sizes, names.

The tables at the top are the rules; a rule that fails names the module and what to do.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "superalign"

LADDER = [
    *("policies", "problems", "games", "critics", "attackers", "credit", "learners", "oversight"),
    *("loop", "report", "recipes", "studies", "evals", "cli"),
]
"""A room imports only itself, rooms before it, and the ground."""
GROUND = {
    "errors": set(),
    "progress": set(),
    "records": {"errors"},
    "stats": {"records", "errors", "progress"},
    "measures": {"stats", "records", "errors", "progress"},
    "ledger": {"records", "errors", "progress"},
    "scale": {"records", "errors", "progress"},
}
"""Rooms that any room of the ladder may import, and all that each may import itself."""

MODEL_ROOMS = ("policies", "learners")
DOORS = {
    "pydantic": ("records", "report"),
    "torch": MODEL_ROOMS,
    "transformers": MODEL_ROOMS,
    "tokenizers": MODEL_ROOMS,
    "safetensors": MODEL_ROOMS,
    "huggingface_hub": ("policies",),
    "trl": ("learners",),
    "peft": ("learners",),
    "accelerate": ("learners",),
    "sklearn": ("oversight", "policies/guard", "policies/features"),
    "sqlalchemy": ("ledger",),
    "inspect_ai": ("policies/provider", "policies/remote", "evals"),
    "openai": ("policies/provider",),
    "datasets": ("problems/rows",),
    "math_verify": ("problems", "critics"),
    "bm25s": ("critics/factuality/search/bm25",),
    "httpx": ("critics/factuality/search/web",),
    "numba": ("problems/kumo/kernel",),
    "pysat": ("problems/kumo/sat",),
    "minigrid": ("problems/goexplore/babyai",),
    "textworld": ("problems/goexplore/textworld",),
    "PIL": ("problems/pictures",),
    "av": ("problems/omniplay/clips",),
    "jinja2": ("report",),
    "typer": ("cli",),
    "rich": ("cli", "report/terminal"),
}
"""Who may import a heavy dependency: a module, or a room and all its modules."""
HEAVY = set(DOORS) - {"pydantic", "typer", "rich", "jinja2"} | {"scipy", "pandas"}
"""What the command line loads only when a command needs it."""

LINES, STATEMENTS = 400, 40
VAGUE = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}


@dataclass(frozen=True)
class Module:
    """One source file; `name` is its path below the package, without suffix."""

    path: Path

    @cached_property
    def name(self) -> str:
        name = self.path.relative_to(SOURCE).with_suffix("").as_posix()
        return name.removesuffix("__init__").rstrip("/")

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    def imports(self, *, at_load: bool = False) -> Iterator[str]:
        """Yield the dotted names it imports; `at_load` leaves out those inside functions."""
        for node in _nodes(self.tree, at_load=at_load):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name} imports relatively; name the whole path"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def neighbours(self, *, at_load: bool = False) -> set[str]:
        """Return the names of the package's modules it imports."""
        found = (dotted.split(".") for dotted in self.imports(at_load=at_load))
        paths = ("/".join(parts[1:]) for parts in found if parts[0] == "superalign")
        return {p if p in MODULES else p.rpartition("/")[0] for p in paths}


def _nodes(tree: ast.AST, *, at_load: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not (at_load and _waits(child)):
            yield child
            yield from _nodes(child, at_load=at_load)


def _waits(node: ast.AST) -> bool:
    """Whether what stands inside `node` does not run when the module loads."""
    for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


MODULES = {m.name: m for m in map(Module, sorted(SOURCE.rglob("*.py")))}
PYTHON = [p for folder in ("src", "tests", "benchmarks") for p in (ROOT / folder).rglob("*.py")]

each_module = pytest.mark.parametrize(
    "module", MODULES.values(), ids=lambda m: m.name or "superalign"
)


def _allowed(room: str) -> set[str]:
    if room in LADDER:
        return {*LADDER[: LADDER.index(room) + 1], *GROUND}
    return GROUND.get(room, set()) | {room}


@each_module
def test_every_module_lives_in_a_room_of_the_tables(module):
    assert module.room in {"", "__main__", *LADDER, *GROUND}, "give the new room its place"


@each_module
def test_imports_go_down_the_ladder_only(module):
    rooms = {name.split("/")[0] for name in module.neighbours()} - {""}
    allowed = {"cli"} if module.room == "__main__" else _allowed(module.room)
    assert not rooms - allowed, f"{module.name} may not import {sorted(rooms - allowed)}"


@each_module
def test_each_heavy_dependency_has_one_door(module):
    for package in {dotted.split(".")[0] for dotted in module.imports()} & DOORS.keys():
        doors = DOORS[package]
        inside = any(module.name == d or module.name.startswith(f"{d}/") for d in doors)
        assert inside, f"{module.name} imports {package}; its door is {', '.join(doors)}"


def _loaded_by(start: str) -> set[str]:
    """Return the modules that importing `start` loads, packages on the way included."""
    found: set[str] = set()
    frontier = {start}
    while frontier:
        name = frontier.pop()
        found.add(name)
        parents = {"/".join(name.split("/")[:depth]) for depth in range(name.count("/") + 1)}
        frontier |= (parents | MODULES[name].neighbours(at_load=True)) - found
    return found


def test_what_the_command_line_loads_imports_heavy_things_inside_functions():
    heavy = [
        f"{name} imports {dotted}"
        for name in sorted(_loaded_by("cli"))
        for dotted in MODULES[name].imports(at_load=True)
        if dotted.split(".")[0] in HEAVY
    ]
    assert not heavy, f"move these imports into the functions that need them: {heavy}"


REPORT_MODULES = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([*sys.modules])))
"""


@pytest.mark.parametrize(
    "act",
    ["import superalign", "from superalign.cli import main; sys.argv[1:] = ['--help']; main()"],
    ids=["import", "help"],
)
def test_nothing_heavy_is_in_memory_after(act):
    command = [sys.executable, "-c", REPORT_MODULES + act]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(ran.stdout.splitlines()[-1])}
    assert "superalign" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_are_small(path):
    text = path.read_text()
    assert text.count("\n") <= LINES, f"over {LINES} lines: would two rooms be clearer?"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1
            assert size <= STATEMENTS, f"{node.name} has {size} statements"


@each_module
def test_names_say_what_a_thing_is(module):
    classes = [n.name for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)]
    words = re.findall(r"[A-Z]?[a-z]+", " ".join([module.name, *classes]))
    assert not {word.lower() for word in words} & VAGUE


@each_module
def test_what_is_public_says_what_it_promises(module):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [n for n in module.tree.body if isinstance(n, kinds) and not n.name.startswith("_")]
    silent = [n.name for n in public if not ast.get_docstring(n)]
    assert not silent
    assert ast.get_docstring(module.tree), "a module says what it is in one line"
