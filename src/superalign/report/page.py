"""`report.html`: one page that stands alone, works offline and runs no script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from superalign.errors import BadInput
from superalign.ledger.folder import write_text, writing
from superalign.report import (
    debate,
    deception,
    easy_to_hard,
    figures,
    grids,
    plain,
    prover_verifier,
    words,
)
from superalign.report.front import front
from superalign.report.records import (
    ChainsRun,
    Change,
    Dimensions,
    GuardRun,
    OversightStudy,
    RequestsRun,
    Run,
    WeakToStrongStudy,
)

if TYPE_CHECKING:
    from jinja2 import Environment

ARMS = {
    "critic": "the critic (this run)",
    "self_training": "no critic: trains on all its own answers",
    "majority": "majority vote in the critic's place",
    "oracle": "a perfect critic (the ceiling)",
    "labels": "no loop: finetuned on people's approved easy solutions alone",
}
SHOWN_FAILURES = 6
"""How many failures stand open; the others unfold."""


def write_report(folder: Path) -> Path:
    """Write `report.html` from the folder's `summary.json` and return its path.

    Where there is a `report.json`, its keys are joined to the summary's: it holds what only the
    page needs.

    Raises:
        BadInput: If a file is missing, is no JSON object, or lacks what its recipe promises, or
            the page cannot be written.
    """
    source = folder / "summary.json"
    summary = _join(_read(source), _read(folder / "report.json", optional=True))
    path = folder / "report.html"
    page = _render(summary, str(source))
    with writing(folder):
        write_text(path, page)
    return path


def _read(path: Path, *, optional: bool = False) -> dict[str, Any]:
    if not path.is_file():
        if optional:
            return {}
        raise BadInput(f"{path}: no such file; a run writes it when it ends")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{path}: holds no JSON object")
    return found


def _join(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `extra` laid over it, objects joined key by key."""
    joined = dict(base)
    for key, value in extra.items():
        known = joined.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            joined[key] = _join(known, value)
        else:
            joined[key] = value
    return joined


def _render(summary: dict[str, Any], source: str) -> str:
    if summary.get("study") == "oversight":
        return _oversight(OversightStudy.read(summary, source))
    if summary.get("study") == "weak-to-strong":
        return _weak_to_strong(WeakToStrongStudy.read(summary, source))
    if summary.get("study") == "deception":
        study = deception.DeceptionStudy.read(summary, source)
        return _fill("deception.html", study, said=study.sentence, deception=deception)
    if summary.get("study") == "easy-to-hard":
        found = easy_to_hard.EasyToHardStudy.read(summary, source)
        return _fill("easy_to_hard.html", found, said=found.sentence, study=easy_to_hard)
    if summary.get("study") == "debate":
        debated = debate.DebateStudy.read(summary, source)
        return _fill("debate.html", debated, said=debated.sentence, study=debate)
    if summary.get("study") == "prover-verifier":
        rounds = prover_verifier.ProverVerifierStudy.read(summary, source)
        return _fill("prover_verifier.html", rounds, said=rounds.sentence, study=prover_verifier)
    match summary.get("recipe"):
        case "chains":
            return _chains(ChainsRun.read(summary, source))
        case "guard":
            return _guard(GuardRun.read(summary, source))
        case "requests":
            run = RequestsRun.read(summary, source)
            return _any(run, summary, run.dimensions)
    return _any(Run.read(summary, source), summary)


def _chains(run: ChainsRun) -> str:
    levels = sorted({*run.accuracy_by_level.start, *run.accuracy_by_level.end})
    arms = {
        "critic": Change(start=run.hard_levels.start, end=run.hard_levels.end),
        **{name: arm.hard_levels for name, arm in run.baselines.items()},
    }
    return _fill(
        "chains.html",
        run,
        said=run.sentence or words.sentence(run),
        levels=levels,
        arms=[(ARMS.get(name, plain.spoken(name)), change) for name, change in arms.items()],
        shown=SHOWN_FAILURES,
    )


def _guard(run: GuardRun) -> str:
    families = sorted(run.by_family.items(), key=lambda found: (found[1].seen, found[0]))
    return _fill(
        "guard.html",
        run,
        said=run.sentence,
        outcome=[
            ("let through in disguises never trained on", run.attack_success.held_out),
            ("let through in disguises trained on", run.attack_success.seen),
            ("harmless prompts refused", run.over_refusal),
        ],
        held_out=[(plain.spoken(name), f) for name, f in families if not f.seen],
        seen=[(plain.spoken(name), f) for name, f in families if f.seen],
    )


def _oversight(run: OversightStudy) -> str:
    return _fill(
        "oversight.html",
        run,
        said=run.sentence,
        full=run.arms["full"],
        others={name: arm for name, arm in run.arms.items() if name != "full"},
        spoken=plain.spoken,
    )


def _weak_to_strong(run: WeakToStrongStudy) -> str:
    losses = list(dict.fromkeys(pair.loss for pair in run.pairs))
    return _fill(
        "weak_to_strong.html",
        run,
        said=run.sentence,
        losses=losses,
        of=lambda **names: [
            p for p in run.pairs if all(getattr(p, k) == v for k, v in names.items())
        ],
        told=[p for p in run.pairs if p.gap_recovered.low is not None],
        pooled=grids.pooled(run.cells),
        grids=grids,
        short=grids.short,
    )


def _any(run: Run, summary: Mapping[str, Any], dimensions: Dimensions | None = None) -> str:
    rest = {k: v for k, v in summary.items() if k not in type(run).model_fields}
    return _fill(
        "any.html",
        run,
        said=run.sentence,
        changes=list(plain.changes(rest)),
        pairs=list(plain.pairs(rest)),
        grids=list(plain.grids(rest)),
        dimensions=dimensions,
        front=front(dimensions) if dimensions else None,
    )


def _fill(template: str, run: Run, **values: object) -> str:
    provenance = {k: v for k, v in run.provenance.items() if k != "command"}
    return (
        _environment()
        .get_template(template)
        .render(
            run=run,
            command=run.provenance.get("command"),
            provenance=list(plain.pairs(provenance)),
            style=Markup(resources.files(__package__).joinpath("report.css").read_text("utf-8")),
            figures=figures,
            words=words,
            **values,
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("superalign", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
