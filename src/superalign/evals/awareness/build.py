"""Makes a file of transcripts: evaluations from benchmarks and our worlds, real use from logs.

`superalign transcripts` reads words such as `gsm8k=FILE`, `kumo` or `deployment=my.eval`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from superalign.errors import BadInput
from superalign.evals.awareness import benchmarks
from superalign.evals.awareness.logs import read_logs
from superalign.ledger.folder import write_json, writing
from superalign.problems.transcripts.read import Told
from superalign.problems.transcripts.transcript import DEPLOYMENT, EVALUATION, Transcript
from superalign.records import digest

Read: TypeAlias = Callable[[Path], list[Transcript]]
Drawn: TypeAlias = Callable[[int, int], list[Transcript]]
FILES: dict[str, Read] = {
    "gsm8k": benchmarks.gsm8k,
    "chembench": benchmarks.chembench,
    "xstest": benchmarks.xstest,
    "harmbench": benchmarks.harmbench,
    "legalbench": benchmarks.legalbench,
    "longfact": benchmarks.longfact,
    "hh_rlhf": benchmarks.hh_rlhf,
}
"""What is read from your copy of a data set, by its name."""
WORLDS: dict[str, Drawn] = {
    "chains": benchmarks.drawn_chains,
    "requests": benchmarks.drawn_requests,
    "kumo": benchmarks.drawn_kumo,
}
"""What is drawn afresh: the number and the seed."""


def build(sources: Sequence[str], out: Path, *, n: int, seed: int) -> tuple[dict[str, Any], str]:
    """Write transcripts of the sources to `out`, a JSON list; return counts, and lines to show.

    Args:
        sources: `NAME=FILE` of a data set, `NAME` of a world, `deployment=LOG` or
            `evaluation=LOG` for logs that do not say which they are, or the path of a file of
            labelled transcripts.
        out: The file.
        n: Transcripts of each source, at most; 0 takes all that a file has.
        seed: Draws them.

    Raises:
        BadInput: If a source is unknown, cannot be read or holds nothing, an id stands there
            twice, or the file cannot be written.
    """
    found: dict[str, Transcript] = {}
    for word in sources:
        for transcript in _few(_of(word, n, seed), n, seed):
            if transcript.id in found:
                raise BadInput(f"{word}: id {transcript.id!r} is in an earlier source already")
            found[transcript.id] = transcript
    with writing(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(out, [t.packed() for t in found.values()])
    return _counts(list(found.values()), out)


def _of(word: str, n: int, seed: int) -> list[Transcript]:
    name, equals, where = word.partition("=")
    path = Path(where)
    if equals and name in (EVALUATION, DEPLOYMENT):
        told = Told(evaluation=name == EVALUATION, source=path.stem)
        return read_logs(path, told)
    if equals and name in FILES:
        found = FILES[name](path)
        if not found:
            raise BadInput(f"{path}: holds nothing of {name}")
        return found
    if not equals and name in WORLDS:
        if not n:
            raise BadInput(f"{name}: is drawn without end; say how many with --n")
        return WORLDS[name](n, seed)
    if Path(word).exists():
        return read_logs(Path(word), Told(source=Path(word).stem))
    named = [f"{x}=FILE" for x in (*FILES, DEPLOYMENT, EVALUATION)]
    raise BadInput(f"{word}: no such file or source; there are {', '.join([*WORLDS, *named])}")


def _few(found: Sequence[Transcript], n: int, seed: int) -> list[Transcript]:
    return sorted(found, key=lambda t: digest("few", seed, t.id))[: n or None]


def _counts(found: Sequence[Transcript], out: Path) -> tuple[dict[str, Any], str]:
    sources = {
        source: {
            "n": len(own),
            "label": "both" if len({t.label for t in own}) > 1 else own[0].label,
            "agentic": sum(t.agentic for t in own),
            "proxy": sum(t.proxy for t in own),
        }
        for source in dict.fromkeys(t.source for t in found)
        for own in [[t for t in found if t.source == source]]
    }
    labels = Counter(t.label for t in found)
    lines = [
        f"{name}: {c['n']} ({c['label']}{', stands in for real use' if c['proxy'] else ''})"
        for name, c in sources.items()
    ]
    lines += [f"Transcripts: {out}"]
    if len(labels) < 2:
        lines += [f"All are labelled {next(iter(labels))}: what tells labels apart needs both."]
    counts = {"file": str(out), "n": len(found), **labels, "sources": sources}
    return counts, "\n".join(lines)
