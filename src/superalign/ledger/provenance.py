"""Where a run's figures come from: code, versions, machine, command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("superalign", "torch", "transformers", "numpy", "scikit-learn", "sqlalchemy")


def provenance(seed: int) -> dict[str, Any]:
    """Return what a stranger needs to repeat this process; imports none of the packages named."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "seed": seed,
        **_loaded(),
    }


@cache
def _loaded() -> dict[str, Any]:
    """Return what stays as it is while this process lives, as it is when first asked for."""
    return {
        "git": _git(Path(__file__).parent.parent),
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in _PACKAGES},
        },
        "machine": {
            "platform": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "cpus": os.cpu_count(),
            "gpus": _gpus(),
            "threads": os.environ.get("OMP_NUM_THREADS"),
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(source: Path) -> dict[str, Any] | None:
    """Return the commit of the tree that tracks `source`, and whether `source` differs from it.

    A package installed inside somebody's repository is not tracked there, and has no commit.
    """
    if not _ask(source, "ls-files", "--", "."):
        return None
    commit = _ask(source, "rev-parse", "--verify", "--quiet", "HEAD")
    return {"commit": commit or None, "dirty": bool(_ask(source, "status", "--porcelain", "."))}


def _ask(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _gpus() -> list[str]:
    """Return the model names of NVIDIA cards, as the Linux driver lists them."""
    found = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for path in found for line in path.read_text().splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
