"""The command line. Each command has `--json`: one JSON object on stdout, logs on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from superalign.cli.audits import audits
from superalign.cli.options import AsJson, Out, Seed, shown
from superalign.errors import BadInput, Unreachable

STOPPED = 130
"""Exit code after Ctrl-C."""
_USAGE: Any = typer.BadParameter.mro()[2]
"""`ClickException` of the click that typer uses: its own copy, or the package."""

app = typer.Typer(
    name="superalign",
    help="Keeps a model improving after its teachers can no longer check its work.\n\n"
    "Example: superalign run chains --preset quick",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(audits, name="audit")


@app.command()
def run(
    recipe: Annotated[
        str,
        typer.Argument(help="chains (without a name), requests, guard, or own (with --problems)."),
    ] = "",
    preset: Annotated[
        str,
        typer.Option(help="Preset of the recipe: quick, full, or smoke (seconds, shows nothing)."),
    ] = "quick",
    change: Annotated[
        list[str], typer.Option("--set", help="Override a field of the recipe: NAME=VALUE.")
    ] = [],  # noqa: B006 - typer never changes it
    data: Annotated[
        list[Path], typer.Option(help="guard: file or folder of harmful prompts; repeatable.")
    ] = [],  # noqa: B006 - typer never changes it
    benign: Annotated[
        list[Path], typer.Option(help="guard: file or folder of benign prompts; repeatable.")
    ] = [],  # noqa: B006 - typer never changes it
    problems: Annotated[str, typer.Option(help="own: JSONL, CSV or data set to work on.")] = "",
    learner: Annotated[
        str, typer.Option(help="Checkpoint folder, organism, hub id or openai/NAME.")
    ] = "",
    critic: Annotated[str, typer.Option(help="own: the model that judges.")] = "",
    attacker: Annotated[str, typer.Option(help="The model that attacks (own, requests).")] = "",
    base_url: Annotated[str, typer.Option(help="An OpenAI-compatible endpoint.")] = "",
    workers: Annotated[int, typer.Option(help="Processes; 0 is one a core.")] = 0,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a recipe; the same command goes on where a run stopped.

    Example: superalign run --problems test.jsonl --learner ./my-model --critic openai/gpt-5
    """
    from superalign.recipes.command import Command, run_command

    command = Command(
        recipe=recipe or ("own" if problems else "chains"),
        preset=preset,
        changes=tuple(change),
        data=tuple(data),
        benign=tuple(benign),
        problems=problems,
        learner=learner,
        critic=critic,
        attacker=attacker,
        base_url=base_url,
        workers=workers or os.cpu_count() or 1,
        seed=seed,
        out=out,
        quiet=as_json,
    )
    summary, page = run_command(command)
    shown(summary if as_json else None, f"{summary['sentence']}\nReport: {page}")


@app.command()
def study(
    name: Annotated[
        str,
        typer.Argument(
            help="oversight, weak-to-strong, deception, easy-to-hard, debate or prover-verifier."
        ),
    ],
    preset: Annotated[str, typer.Option(help="Preset of the study: full or smoke.")] = "full",
    task: Annotated[
        str,
        typer.Option(help="weak-to-strong, deception: what the models are taught (docs/tasks.md)."),
    ] = "",
    data: Annotated[
        str,
        typer.Option(
            help="Not for oversight and debate: your copy of the task's data, or your problems."
        ),
    ] = "",
    strong: Annotated[
        str, typer.Option(help="weak-to-strong: a strong student, a folder or hub id.")
    ] = "",
    change: Annotated[
        list[str], typer.Option("--set", help="Override a field of the study: NAME=VALUE.")
    ] = [],  # noqa: B006 - typer never changes it
    workers: Annotated[int, typer.Option(help="Processes; 0 is one a core.")] = 0,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a study: a question about oversight, answered where the truth is known.

    Example: superalign study weak-to-strong --task chains --json
    """
    from superalign.studies.command import run_study

    summary, page = run_study(
        name,
        preset,
        change,
        fields={"task": task, "data": data, "strong": strong},
        out=out,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        quiet=as_json,
    )
    shown(summary if as_json else None, f"{summary['sentence']}\nReport: {page}")


@app.command("eval")
def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            help="kumo, longfact, chembench, omniplay, goexplore, awareness, paradox or "
            "capabilities."
        ),
    ],
    model: Annotated[
        list[str],
        typer.Option(
            help="Organism, checkpoint folder, hub id or openai/NAME, or a player of the "
            "evaluation's own (kumo: oracle, random, released; longfact: responses, factscore; "
            "omniplay: oracle, random, only-image, ...; goexplore: classic, random, dfs, bfs, "
            "oracle; capabilities: oracle, random, first-option); repeatable."
        ),
    ],
    data: Annotated[Path | None, typer.Option(help="Folder of the published data.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Problems, at most; 0 is all.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Plays of each problem.")] = 1,
    base_url: Annotated[str, typer.Option(help="An OpenAI-compatible endpoint.")] = "",
    change: Annotated[
        list[str], typer.Option("--set", help="Override a field of the evaluation: NAME=VALUE.")
    ] = [],  # noqa: B006 - typer never changes it
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate models where answers are generated or checked anew, not looked up.

    Example: superalign eval kumo --model oracle --model openai/gpt-5 --limit 50
    """
    from superalign.evals.command import run_eval

    found, lines = run_eval(
        name,
        model,
        change,
        data=data,
        limit=limit or None,
        epochs=epochs,
        base_url=base_url,
        seed=seed,
        out=out,
        quiet=as_json,
    )
    shown(found if as_json else None, lines)


@app.command()
def results(
    folders: Annotated[list[Path], typer.Argument(help="Folders that `eval` wrote; all in them.")],
    as_json: AsJson = False,
) -> None:
    """Show results of evaluations across models, with 95% intervals and what is unscored.

    Example: superalign results runs
    """
    from superalign.evals.results import read_results, tables

    found = read_results(folders)
    shown({"results": found} if as_json else None, tables(found))


@app.command()
def transcripts(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="gsm8k=FILE, xstest=FILE, ..., chains, requests, kumo, deployment=LOG, "
            "evaluation=LOG, or files of labelled transcripts."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The JSON file to write.")],
    n: Annotated[int, typer.Option(min=0, help="Of each source, at most; 0 is all.")] = 50,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Gather conversations, labelled as evaluations or real use, for `eval awareness`.

    Example: superalign transcripts kumo gsm8k=test.jsonl deployment=my-chats.jsonl --out t.json
    """
    from superalign.evals.awareness.build import build

    found, lines = build(sources, out, n=n, seed=seed)
    shown(found if as_json else None, lines)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")], as_json: AsJson = False
) -> None:
    """Write report.html of a finished run again.

    Example: superalign report runs/chains-quick-0
    """
    from superalign.report.page import write_report

    page = write_report(folder)
    shown({"report": str(page)} if as_json else None, str(page))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[Path, typer.Option(help="Where to write; a folder, made if absent.")],
    as_json: AsJson = False,
) -> None:
    """Write what a run made for use elsewhere: model, preference data, regression suite.

    Example: superalign export runs/guard-0 --out hardened
    """
    from superalign.recipes.command import export_run

    written = export_run(folder, out)
    lines = "\n".join(f"{what}: {path}" for what, path in written.items())
    shown(written if as_json else None, lines)


@app.command()
def check(
    suite: Annotated[Path, typer.Argument(help="Regression suite (JSONL) that export wrote.")],
    guard: Annotated[
        Path | None,
        typer.Option(help="Folder of the guard to check."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Checkpoint folder, organism, hub id or openai/NAME to check.")
    ] = "",
    base_url: Annotated[str, typer.Option(help="An OpenAI-compatible endpoint.")] = "",
    as_json: AsJson = False,
) -> None:
    """Run a regression suite against a guard or a model; exit with 1 unless it passes all of it.

    Example: superalign check hardened/regression.jsonl --guard hardened/guard
    """
    from superalign.recipes.command import check_suite

    found = check_suite(suite, guard=guard, model=model, base_url=base_url)
    line = f"{found['failed']} of {found['cases']} cases fail"
    for name, why in {"unscored": "could not be judged", "unruled": "say no rule"}.items():
        line += f", {found[name]} {why}" if found.get(name) else ""
    shown(found if as_json else None, line)
    raise typer.Exit(1 if found["failed"] or found.get("unscored") else 0)


@app.command()
def pretrain(
    name: Annotated[str, typer.Argument(help="Organism, or all of them.")] = "all",
    tokens: Annotated[float, typer.Option(min=0, help="To train on; 0: its own budget.")] = 0,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Pretrain organisms from scratch, as those that are embedded were made.

    Example: superalign pretrain requests-50k --out organisms
    """
    from superalign.recipes.pretraining import pretrain_organisms

    cards = pretrain_organisms(
        name, out or Path("organisms"), seed=seed, quiet=as_json, tokens=tokens or None
    )
    lines = "\n".join(f"{card['organism']}: {card['folder']}" for card in cards)
    shown({"organisms": cards} if as_json else None, lines)


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the embedded organisms and what they can do.

    Example: superalign models --json
    """
    from superalign.policies.organisms import cards, line

    found = cards()
    shown({"organisms": found} if as_json else None, "\n".join(map(line, found)))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code: 2 for bad input, 130 for Ctrl-C."""
    return _guarded(lambda: app(args=arguments, standalone_mode=False))


def _guarded(work: Callable[[], Any]) -> int:
    try:
        code = work()
    except (BadInput, Unreachable) as error:
        return _fail(str(error), 2)
    except _USAGE as error:
        return _fail(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    if code == STOPPED:
        return _fail("stopped; the same command goes on from here", STOPPED)
    return code if isinstance(code, int) else 0


def _fail(line: str, code: int) -> int:
    sys.stderr.write(f"superalign: {' '.join(line.split())}\n")
    return code
