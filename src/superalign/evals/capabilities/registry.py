"""Every area that a foundation model for text is asked about: its metrics, and where it is from.

The list follows Paass and Giesselbach 2023, "Foundation Models for Natural Language Processing"
(Springer, open access). What is not run here is declared, with what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from superalign.problems.questions import Question, sets
from superalign.problems.questions.bbq import bbq
from superalign.problems.questions.instructions import instructions
from superalign.problems.questions.safety import harmbench, xstest
from superalign.problems.questions.sets import Reader, rows
from superalign.problems.questions.worlds import chains_questions, requests_questions
from superalign.problems.tasks.source import labelled_beside

CALIBRATION = "calibration"
"""Read off all choices together."""
TABLES = ("*.jsonl", "*.csv", "*.tsv", "*.json", "*.parquet")
_CHOICE = ("accuracy", "accuracy_per_character")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """An area that is measured here."""

    group: str
    metrics: tuple[str, ...] = ("accuracy",)
    """By name, the one to quote first."""
    folder: str = ""
    """Where its files lie in the folder of data; empty where questions are made by rule."""
    files: tuple[str, ...] = TABLES
    """Patterns of file names; all files of the first pattern that finds any are read."""
    read: Reader | None = None
    make: Callable[[Random], Iterator[Question]] | None = None
    weighs: bool = False
    """Whether the chances of options are needed, which not every model tells."""
    native: bool = False
    """Whether only models that were made for it know its language."""


def _choice(group: str, folder: str, read: Reader, *files: str) -> Capability:
    return Capability(group=group, metrics=_CHOICE, folder=folder, files=files or TABLES, read=read)


def _exact(group: str, folder: str) -> Capability:
    return Capability(group=group, folder=folder, read=rows(sets.exact))


CAPABILITIES: Mapping[str, Capability] = {
    "toxicity": Capability(
        group="society",
        metrics=("macro_f1", "accuracy"),
        folder="toxicity_davidson",
        files=("labeled_data.csv", "*.csv"),
        read=sets.toxicity,
    ),
    "legal": Capability(
        group="understanding",
        metrics=("balanced_accuracy", "accuracy"),
        folder="legalbench",
        files=("test_2022/*.tsv", "*.tsv"),
        read=sets.legal,
    ),
    "sentiment": _choice("understanding", "sst2", sets.statement("sst2")),
    "entailment": _choice("understanding", "anli", rows(sets.entailment)),
    "word-sense": _choice("understanding", "wic", sets.statement("wic")),
    "paraphrase": _choice("understanding", "paws", sets.statement("paws")),
    "coreference": _choice("understanding", "winogrande", rows(sets.winogrande)),
    "entities": _exact("understanding", "entities"),
    "relations": _exact("understanding", "relations"),
    "parsing": _exact("understanding", "parsing"),
    "physical": _choice(
        "knowledge", "piqa", rows(sets.piqa, labelled_beside), "valid.jsonl", "*.jsonl"
    ),
    "science": _choice("knowledge", "openbookqa", rows(sets.openbookqa)),
    "comprehension": _choice("knowledge", "cosmosqa", rows(sets.cosmosqa), "valid.csv", "*.csv"),
    "open-book": _choice("knowledge", "boolq", sets.statement("boolq")),
    "multi-hop": _exact("knowledge", "multi_hop"),
    "arithmetic": Capability(
        group="knowledge",
        folder="gsm8k",
        files=("test.jsonl", "*.jsonl"),
        read=rows(sets.gsm8k),
    ),
    "mathematics": Capability(
        group="knowledge",
        folder="math",
        files=("math500*.jsonl", "*.jsonl"),
        read=rows(sets.mathematics),
    ),
    "truthfulness": _choice("knowledge", "truthfulqa", rows(sets.truthful(True)), "*.csv"),
    "truthfulness-all": Capability(
        group="knowledge",
        metrics=("true_mass",),
        folder="truthfulqa",
        files=("*.csv",),
        read=rows(sets.truthful(False)),
        weighs=True,
    ),
    "chess": _choice("knowledge", "chess", rows(sets.chess), "lichess*.csv", "*.csv"),
    "instructions": Capability(group="generation", make=instructions),
    "bias": Capability(
        group="society",
        metrics=(
            "accuracy",
            "accuracy_ambiguous",
            "accuracy_disambiguated",
            "s_amb",
            "s_dis",
        ),
        folder="bbq",
        files=("*.jsonl",),
        read=rows(bbq),
    ),
    "refusal": Capability(
        group="society",
        metrics=("refused_harmful",),
        folder="harmbench",
        files=("*_all.csv", "*_test.csv", "*.csv"),
        read=harmbench,
    ),
    "over-refusal": Capability(
        group="society",
        metrics=("balanced_accuracy", "refused_harmful", "refused_harmless"),
        folder="xstest",
        files=("xstest_prompts.csv", "*.csv"),
        read=xstest,
    ),
    "chains": Capability(group="worlds", make=chains_questions),
    "requests": Capability(group="worlds", make=requests_questions, native=True),
    CALIBRATION: Capability(group="society", metrics=("ece", "brier"), weighs=True),
}
"""By area."""

DECLARED: Mapping[str, str] = {
    "tokenisation": "no figure of its own: superalign.policies.tokenizers, docs/guides",
    "masked language models": "needs an encoder: bodies of `study weak-to-strong --strong`",
    "autoregressive language models": "all areas here; made by `superalign pretrain`",
    "encoder-decoder models": "needs a model with an encoder and a decoder",
    "attention": "needs a model whose attention can be read, and a reader to look at it",
    "probing": "heads on frozen vectors: `superalign study weak-to-strong`",
    "fine-tuning": "a way to change a model: docs/guides; profile it before and after",
    "prompting": "a way to ask: docs/guides, --set shots=N here",
    "adapters": "a way to change a model: docs/guides (Sft with lora)",
    "distillation, quantisation, experts": "needs a model made that way; profile both here",
    "long context": "needs a model that reads book-length texts, and such texts",
    "multilingual": "needs a model with several languages, and questions in them",
    "retrieval augmentation": "`superalign eval longfact --set search=bm25` searches your texts",
    "document retrieval": "needs a model that ranks documents, and judged queries",
    "multi-label and long documents": "needs labelled documents with several labels each",
    "fact-checking": "`superalign eval longfact`: every fact of a long answer looked up",
    "logic": "`superalign eval kumo`: actions that rule truths out",
    "benchmark suites": "`superalign eval chembench`; any suite of Inspect takes superalign/NAME",
    "translation": "needs a model with two languages, references and a metric model",
    "summarisation": "needs documents with reference summaries, and people or a judge",
    "story and style": "needs people or a judge; what can be counted is in `instructions`",
    "code": "needs a sandbox: what a model writes is never executed here",
    "dialogue": "needs people or a judge who speak with the model",
    "fake-text detection": "needs texts of people and of models, and a model that tells them apart",
    "speech recognition": "needs a model with ears, and recordings",
    "speech synthesis": "needs a model with a voice, and people who listen",
    "image captioning": "needs a model with eyes, and pictures with captions",
    "visual questions": "needs a model with eyes, and pictures with questions",
    "text to image": "needs a model that draws, and a model that compares pictures with words",
    "video": "needs a model that reads or makes films, and films",
    "protein and DNA": "needs a model of sequences of residues or bases, and labelled ones",
    "control": "needs a model that acts on what it observes, and an environment",
    "privacy and memorisation": "needs the texts that the model was trained on",
    "energy": "needs a power meter; mean tokens of a reply are in `kinds`",
    "misuse": "`superalign run guard`: hardens a guard before the model",
    "evaluation cards": "`superalign models`: the cards of the organisms",
}
"""Areas that are not measured here, and what each needs or where it is."""
