"""What the repository may hold, and the versions it names."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LARGEST_MB = 7
PRIVATE_PATH = re.compile(r"(?<![\w./~-])/(work|home|root)/")
REGISTRY = re.compile(r"\b(pypi|pythonhosted|npmjs|download\.pytorch|deb\.debian)\.(org|com)\b")


@cache
def tracked() -> list[Path]:
    """Return the files that git has, or would have after `git add`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    ran = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip("not a git checkout, so nothing says which files are tracked")
    return [path for name in ran.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_tracked_file_is_large():
    large = [p.relative_to(ROOT) for p in tracked() if p.stat().st_size > LARGEST_MB * 1_000_000]
    assert not large, f"over {LARGEST_MB} MB"


def test_no_tracked_file_names_a_private_path_or_a_package_registry():
    named = [
        f"{path.relative_to(ROOT)}:{row}: {line.strip()[:80]}"
        for path in tracked()
        for row, line in enumerate(path.read_text(errors="ignore").splitlines(), 1)
        if PRIVATE_PATH.search(line) or REGISTRY.search(line)
    ]
    assert not named, "\n".join(named)


def test_every_dependency_is_pinned_to_the_version_that_is_installed():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    pins = {canonicalize_name(name): version for name, version in pairs}
    differ = {f"{n}=={v}" for n, v in installed().items() if pins.get(n) != v}
    assert not differ, f"constraints.txt pins other versions, or none, of {sorted(differ)}"


def test_torch_is_pinned_without_the_name_of_a_build():
    assert "+" not in (ROOT / "constraints.txt").read_text()


def installed() -> dict[str, str]:
    """Return the installed version of everything that the package and its extras rest on.

    An extra that is no part of `dev` may be missing.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    waiting = [*project["dependencies"], *(need for extra in extras.values() for need in extra)]
    (own,) = (need for need in map(Requirement, extras["dev"]) if need.name == "superalign")
    apart = [need for extra in extras.keys() - own.extras - {"dev"} for need in extras[extra]]
    versions: dict[str, str] = {}
    done = {text for text in apart if missing(Requirement(text).name)}
    while waiting:
        requirement = Requirement(text := waiting.pop())
        name = canonicalize_name(requirement.name)
        if text not in done and name != "superalign":
            done.add(text)
            versions[name] = metadata.version(name).split("+")[0]
            waiting += needs(name, requirement.extras)
    return versions


def missing(name: str) -> bool:
    return not any(metadata.distributions(name=name))


def needs(name: str, extras: set[str]) -> list[str]:
    """Return what a distribution requires here, markers resolved."""
    found = []
    for needed in map(Requirement, metadata.requires(name) or ()):
        chosen = ({"extra": extra} for extra in ("", *extras))
        if needed.marker is None or any(map(needed.marker.evaluate, chosen)):
            needed.marker = None
            found.append(str(needed))
    return found
