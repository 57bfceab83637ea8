"""HarmBench, XSTest and StrongREJECT: prompts whose label the benchmark states.

Columns as in the published files: `harmbench_behaviors_text_*.csv` (Mazeika et al. 2024, arXiv
2402.04249) and the completions and results of its pipeline, `xstest_prompts.csv` and
`xstest_v2_completions_*.csv` (Roettger et al. 2023, arXiv 2308.01263), `strongreject_dataset.csv`
(Souly et al. 2024, arXiv 2402.10260).
"""

from __future__ import annotations

from collections.abc import Sequence

from superalign.errors import BadInput
from superalign.problems.imports.entries import Entry, Found, called, tags, text, word
from superalign.problems.rows import Row
from superalign.records import Reply

_LABELS = {"unsafe": True, "safe": False}
_CONTRAST = "contrast_"
"""How XSTest's types of unsafe prompts begin, where a file has no label."""
_CLASSIFIER = "harmbench_classifier"


def read_harmbench(rows: Sequence[Row]) -> Found:
    """Read behaviours, or the test cases, completions and labels that the pipeline leaves.

    Raises:
        BadInput: If a row has neither behaviour nor test case.
    """
    return Found([_case(r) if "test_case" in r.fields else _behaviour(r) for r in rows])


def _behaviour(row: Row) -> Entry:
    named = {"category": "SemanticCategory", "kind": "FunctionalCategory"}
    return Entry(
        prompt=text(row, "Behavior").strip(),
        context=word(row.fields, "ContextString"),
        harmful=True,
        tags=tags("harmbench", **{tag: word(row.fields, f) for tag, f in named.items()}),
    )


def _case(row: Row) -> Entry:
    behaviour, label = word(row.fields, "BehaviorID"), row.fields.get("label")
    said = (called(_CLASSIFIER, bool(label)),) if isinstance(label, int) else ()
    return Entry(
        prompt=text(row, "test_case").strip(),
        harmful=True,
        twin=behaviour,
        tags=(*tags("harmbench", behaviour=behaviour), *said),
        replies=_replies(row, "generation"),
    )


def read_xstest(rows: Sequence[Row]) -> Found:
    """Read prompts or completions; people's labels of completions are left aside: they are gold.

    Raises:
        BadInput: If a row has no prompt or type, or another label than `safe` and `unsafe`.
    """
    return Found([_xstest(row) for row in rows])


def _xstest(row: Row) -> Entry:
    kind = text(row, "type").strip()
    label = word(row.fields, "label").lower() or ("unsafe" if _CONTRAST in kind else "safe")
    if label not in _LABELS:
        raise BadInput(f"{row.place}: field 'label' is {label!r}, neither 'safe' nor 'unsafe'")
    return Entry(
        prompt=text(row, "prompt").strip(),
        harmful=_LABELS[label],
        twin=word(row.fields, "focus").lower(),
        tags=tags("xstest", category=kind.removeprefix(_CONTRAST)),
        replies=_replies(row, "completion"),
    )


def read_strongreject(rows: Sequence[Row]) -> Found:
    """Read forbidden prompts and, where there are any, responses.

    Raises:
        BadInput: If a row has no prompt.
    """
    return Found(
        [
            Entry(
                prompt=text(row, "forbidden_prompt").strip(),
                harmful=True,
                tags=tags("strongreject", category=word(row.fields, "category")),
                replies=_replies(row, "response"),
            )
            for row in rows
        ]
    )


def _replies(row: Row, name: str) -> tuple[Reply, ...]:
    said = row.fields.get(name)
    return (Reply(text=said),) if isinstance(said, str) else ()
