"""`superalign eval capabilities`: players, models, choices by likelihood, data, and going on."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from evaluations import summary_of
from superalign.cli import main
from superalign.errors import BadInput
from superalign.evals.capabilities.config import SAMPLES, CapabilitiesConfig, chosen
from superalign.evals.capabilities.metrics import METRICS
from superalign.evals.capabilities.registry import CALIBRATION, CAPABILITIES, DECLARED
from superalign.evals.results import table
from superalign.policies.scripted import Scripted
from superalign.records import Reply

DATA = Path(__file__).parents[4] / "shared" / "data"
WEIGHED = {"truthfulness-all", CALIBRATION}
"""Areas that no player without log-probabilities is asked."""
OPEN = {"entities", "relations", "parsing", "multi-hop", "arithmetic", "mathematics"}
OPEN |= {"instructions", "chains", "requests"}
"""Areas in which nobody guesses."""
BOOK = {
    "tokenisation": "tokenisation",
    "masked embeddings": "masked language models",
    "autoregressive language model": "autoregressive language models",
    "encoder-decoder": "encoder-decoder models",
    "attention visualisation": "attention",
    "fine-tuning": "fine-tuning",
    "prompt, few-shot": "prompting",
    "instruction tuning": "instructions",
    "adapters, prefix, LoRA": "adapters",
    "distillation, quantisation, MoE": "distillation, quantisation, experts",
    "long context": "long context",
    "multilingual": "multilingual",
    "retrieval augmentation": "retrieval augmentation",
    "uncertainty and calibration": "calibration",
    "probing and explanation": "probing",
    "text classification": "legal",
    "multi-label, long documents": "multi-label and long documents",
    "sentiment": "sentiment",
    "NLI": "entailment",
    "word-sense disambiguation": "word-sense",
    "NER": "entities",
    "relation and event extraction": "relations",
    "coreference": "coreference",
    "semantic parsing": "parsing",
    "document retrieval": "document retrieval",
    "closed-book QA": "science",
    "open-book QA": "open-book",
    "multi-hop": "multi-hop",
    "reading comprehension": "comprehension",
    "commonsense": "physical",
    "logic": "logic",
    "maths": "arithmetic",
    "benchmark suites": "benchmark suites",
    "machine translation": "translation",
    "summarisation": "summarisation",
    "story and style-controlled text": "story and style",
    "code generation": "code",
    "dialogue": "dialogue",
    "fake-text detection": "fake-text detection",
    "speech recognition": "speech recognition",
    "speech synthesis": "speech synthesis",
    "image captioning": "image captioning",
    "VQA": "visual questions",
    "text-to-image": "text to image",
    "video": "video",
    "protein and DNA": "protein and DNA",
    "control by sequence modelling": "control",
    "bias": "bias",
    "toxicity": "toxicity",
    "fact-checking": "fact-checking",
    "privacy, memorisation": "privacy and memorisation",
    "energy cost": "energy",
    "misuse mitigation": "misuse",
    "safety": "over-refusal",
    "refusal": "refusal",
    "evaluation and reproducibility cards": "evaluation cards",
}
"""The areas of Paass and Giesselbach 2023, and the entry that answers for each."""


def evaluated(*given, **settings):
    return summary_of("capabilities", *given, **settings)


def rows(summary):
    return {(r["area"], r["metric"]): r for r in summary["rows"]}


class Weighing(Scripted):
    """Finds an option likely by a rule, and says what a rule says."""

    def __init__(self, likes, say):
        super().__init__(say, name="weighing")
        self.likes, self.weighed = likes, []

    def logprobs(self, seen, text):
        self.weighed.append((seen[-1].text, text))
        return [self.likes(seen[-1].text, text)]


def sits(monkeypatch, policy):
    monkeypatch.setattr("superalign.evals.asked.opened", lambda *_, **__: policy)


def test_every_area_is_measured_or_declared_with_what_it_needs():
    assert not set(CAPABILITIES) & set(DECLARED)
    there = {*CAPABILITIES, *DECLARED}
    assert {entry for entry in BOOK.values() if entry not in there} == set()
    assert all(line.strip() for line in DECLARED.values())
    unnamed = set(DECLARED) - set(BOOK.values())
    assert not unnamed


def test_every_capability_has_metrics_and_samples():
    for area, capability in CAPABILITIES.items():
        assert capability.metrics
        assert set(capability.metrics) <= set(METRICS), area
        if capability.folder:
            assert (SAMPLES / capability.folder).is_dir(), area
            assert capability.read is not None
        else:
            assert capability.make is not None or area == CALIBRATION


def test_the_key_is_right_everywhere(tmp_path):
    found = evaluated("oracle", tmp_path)
    assert (found["unscored"], found["data"], found["choices"]) == (0, "sample", "letters")
    heads = {
        a: rows(found)[a, CAPABILITIES[a].metrics[0]] for a in CAPABILITIES if a not in WEIGHED
    }
    assert {a for a, r in heads.items() if r["value"] != 1.0} == set()
    assert min(r["n"] for r in heads.values()) >= 7
    assert rows(found)["bias", "s_amb"]["value"] == 0.0
    assert rows(found)["over-refusal", "refused_harmless"]["value"] == 0.0
    assert set(found["left_out"]) == WEIGHED
    assert found["n"] == sum(r["n"] for r in heads.values())
    assert "no benchmark" in found["sentence"]
    assert set(found["declared"]) == set(DECLARED)


def test_a_guess_comes_to_chance(tmp_path):
    areas = ",".join(sorted(set(CAPABILITIES) - OPEN - WEIGHED))
    found = evaluated("random", tmp_path, f"areas={areas}", epochs=8)
    known = found["rows"]
    assert len(known) > 20
    for r in known:
        assert r["value"] == pytest.approx(r["chance"], abs=0.25), (r["area"], r["metric"])
    inside = [
        r["value_interval"][0] <= r["chance"] <= r["value_interval"][1]
        for r in known
        if r["value_interval"]
    ]
    assert inside.count(False) <= 3, "of some 25 intervals of 95% one or two miss"


def test_the_first_option_is_right_by_accident_alone(tmp_path):
    found = rows(evaluated("first-option", tmp_path))
    assert found["legal", "balanced_accuracy"]["value"] == 0.5
    assert found["science", "accuracy"]["value"] == 0.25
    assert found["parsing", "accuracy"]["value"] == 0.0


def test_the_same_seed_is_the_same_profile(tmp_path):
    words = ("areas=bias,instructions,chains",)
    first = evaluated("random", tmp_path / "a", *words)
    assert evaluated("random", tmp_path / "b", *words) == first
    assert evaluated("random", tmp_path / "c", *words, seed=1)["rows"] != first["rows"]


def test_areas_are_named_by_area_or_folder_in_a_list_or_with_commas(tmp_path):
    found = evaluated("oracle", tmp_path / "a", "areas=gsm8k, bias")
    assert {r["area"] for r in found["rows"]} == {"arithmetic", "bias"}
    listed = evaluated("oracle", tmp_path / "b", 'areas=["arithmetic", "bbq"]')
    assert listed["rows"] == found["rows"]


def test_a_limit_draws_as_many_from_each_area(tmp_path):
    found = evaluated("oracle", tmp_path, limit=3)
    heads = {r["area"]: r["n"] for r in reversed(found["rows"])}
    assert set(heads.values()) == {3}


def test_a_question_is_asked_once():
    asked = chosen(CapabilitiesConfig(made=200), None, seed=0, limit=None)
    assert len({q.id for q in asked.all}) == len(asked.all)
    assert len(asked.questions["instructions"]) == 200


def right_option(question):
    places = {o: i for i, o in enumerate(question.options)}
    return lambda text: places[text] in question.right


def test_options_are_weighed_and_not_shown(tmp_path, monkeypatch):
    asked = chosen(CapabilitiesConfig(areas="science,bias"), None, seed=0, limit=None).all
    by_prompt = {f"{q.prompt}\nAnswer:": q for q in asked}

    def likes(prompt, option):
        return math.log(0.9 if right_option(by_prompt[prompt])(option) else 0.05)

    policy = Weighing(likes, ["never asked"])
    sits(monkeypatch, policy)
    found = evaluated("m", tmp_path, "areas=science,bias,calibration")
    profile = rows(found)
    assert profile["science", "accuracy"]["value"] == 1.0
    assert profile["bias", "accuracy"]["value"] == 1.0
    assert ("science", "accuracy_per_character") in profile
    assert found["choices"] == "likelihood"
    ece = profile["calibration", "ece"]
    expected = sum(0.05 * (len(q.options) - 1) / (0.85 + 0.05 * len(q.options)) for q in asked)
    assert ece["value"] == pytest.approx(expected / len(asked))
    assert ece["n"] == len(asked)
    assert {prompt for prompt, _ in policy.weighed} == set(by_prompt)
    calls = len(policy.weighed)
    assert evaluated("m", tmp_path, "areas=science,bias,calibration") == found
    assert len(policy.weighed) == calls, "a second run reads what the first one wrote"


def test_a_model_that_tells_no_chances_names_letters(tmp_path, monkeypatch):
    seen = []

    def say(messages, seed):
        seen.append(messages[-1].text)
        return "B" if "B)" in messages[-1].text else Reply(text="", stop="error", error="down")

    sits(monkeypatch, Scripted(say, name="m"))
    found = evaluated("m", tmp_path, "areas=science,arithmetic")
    assert rows(found)["science", "accuracy"]["value"] == 0.25
    assert rows(found)["arithmetic", "accuracy"]["value"] is None
    assert rows(found)["arithmetic", "accuracy"]["unscored"] == 12
    assert (found["n"], found["unscored"]) == (12, 12)
    assert found["unscored_because"] == {"down": 12}
    assert "accuracy_per_character" not in {r["metric"] for r in found["rows"]}
    assert "B) a cork" in "".join(seen)
    again = len(seen)
    assert evaluated("m", tmp_path, "areas=science,arithmetic") == found
    assert len(seen) == again


def test_letters_may_be_asked_of_a_model_that_tells_chances(tmp_path, monkeypatch):
    policy = Weighing(lambda *_: 0.0, ["A"])
    sits(monkeypatch, policy)
    found = evaluated("m", tmp_path, "areas=science", "choices=letters")
    assert policy.weighed == []
    assert found["choices"] == "letters"


def test_a_world_is_explained_to_whoever_was_not_made_for_it(tmp_path, monkeypatch):
    seen = []

    def say(messages, seed):
        seen.append(messages[-1].text)
        return "#1"

    sits(monkeypatch, Scripted(say, name="m"))
    found = evaluated("m", tmp_path / "a", "areas=chains", "made=3")
    assert all(text.startswith("Letters stand for digits") for text in seen)
    assert found["n"] == 3
    seen.clear()
    evaluated("m", tmp_path / "b", "areas=chains", "made=3", "speaks=plain")
    assert not any("Letters stand" in text for text in seen)
    every = evaluated("m", tmp_path / "c", "made=1", limit=1)
    assert "language that only models made for it know" in every["left_out"]["requests"]


def test_shots_are_answered_before_and_never_asked(tmp_path, monkeypatch):
    seen = []

    def say(messages, seed):
        seen.append(messages[-1].text)
        return "#### 0"

    sits(monkeypatch, Scripted(say, name="m"))
    assert evaluated("m", tmp_path, "areas=arithmetic", "shots=2")["n"] == 10
    assert all(text.count("#### ") >= 4 for text in seen)
    (shown,) = {text.rpartition("\n\n")[0] for text in seen}
    last = [text.rpartition("\n\n")[2].partition("\n")[0] for text in seen]
    assert not [question for question in last if question in shown]
    assert len(set(last)) == 10
    policy = Weighing(lambda *_: 0.0, ["x"])
    sits(monkeypatch, policy)
    evaluated("m", tmp_path / "b", "areas=science", "shots=1")
    openings = {opening for opening, _ in policy.weighed}
    assert all(opening.count("\nAnswer:") == 2 for opening in openings)
    assert len(openings) == 11


def test_data_of_ones_own_and_what_is_not_there(tmp_path):
    shutil.copytree(SAMPLES / "piqa", tmp_path / "data" / "piqa")
    found = evaluated("oracle", tmp_path, data=tmp_path / "data")
    assert {r["area"] for r in found["rows"] if r["group"] == "knowledge"} == {"physical"}
    assert "is not there" in found["left_out"]["science"]
    assert found["data"] == str(tmp_path / "data")
    assert "no benchmark" not in found["sentence"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--set", "areas=nonsense"], "no area 'nonsense'; there are toxicity"),
        (["--set", "areas=video"], "video: is not measured here: needs a model that reads or"),
        (["--set", "areas=truthfulness-all"], "needs a model whose log-probabilities"),
        (["--set", "areas=gsm8k", "--data", "."], "gsm8k: is not there"),
        (["--set", "shots=99", "--set", "areas=gsm8k"], "leave none beside 99 shots"),
        (["--set", "shots=-1"], "shots"),
        (["--set", "areas=piqa", "--data", "broken"], "valid.jsonl: row 2: field 'sol2'"),
    ],
)
def test_what_cannot_be_asked_is_one_line(words, why, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    broken = tmp_path / "broken" / "piqa"
    broken.mkdir(parents=True)
    fields = {"goal": "g", "sol1": "a", "label": 0}
    lines = [{**fields, "sol2": "b"}, fields]
    (broken / "valid.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert main(["eval", "capabilities", "--model", "oracle", *words]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert why in line


def test_calibration_alone_says_what_it_is_read_off():
    with pytest.raises(BadInput, match="read off choices"):
        chosen(CapabilitiesConfig(areas="calibration"), None, seed=0, limit=None, weighs=True)


def test_the_table_has_a_row_a_metric_of_each_model(tmp_path):
    found = evaluated(["oracle", "first-option"], tmp_path, "areas=legal,bias")
    lines = table(found["models"]).splitlines()
    assert lines[0].split() == ["model", "area", "metric", "value", "n", "unscored", "chance"]
    assert len(lines) == 1 + 2 * 7
    assert lines[1].split()[-3:] == ["16", "0", "0.50"]


@pytest.mark.skipif(not (DATA / "bbq").is_dir(), reason="../shared/data/bbq is not there")
def test_published_files_are_read(tmp_path):
    cut = {
        "chess": "lichess*.csv",
        "bbq": "*.jsonl",
        "truthfulqa": "*.csv",
        "xstest": "*prompts.csv",
    }
    cut |= {"piqa": "valid*", "openbookqa": "*.jsonl", "gsm8k": "test.jsonl", "math": "math500*"}
    cut |= {"cosmosqa": "*.csv", "toxicity_davidson": "*.csv", "harmbench": "*.csv"}
    cut |= {"legalbench": "test_2022/*.tsv"}
    for folder, pattern in cut.items():
        for file in (DATA / folder).glob(pattern):
            target = tmp_path / "data" / file.relative_to(DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = file.open(newline="").readlines()
            kept = lines if folder == "harmbench" else lines[:30]
            target.write_text("".join(kept), newline="")
    found = evaluated("oracle", tmp_path, data=tmp_path / "data")
    heads = {r["area"]: r for r in reversed(found["rows"])}
    real = {a for a, c in CAPABILITIES.items() if c.folder in cut} - WEIGHED
    assert real <= set(heads)
    assert {area for area in real if heads[area]["value"] != 1.0} == set()
    assert heads["bias"]["n"] == 30 * 6
