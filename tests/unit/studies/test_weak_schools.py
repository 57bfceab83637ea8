"""The two schools: heads on frozen bodies and whole models, on lessons that can be learnt."""

import numpy as np
import pytest
import torch
from w2s import task

from bodies import language_model
from superalign.learners.finetuning import Finetuning, Labels
from superalign.learners.generative import written
from superalign.policies.features import Checkpoint, shown
from superalign.studies.weak_to_strong.finetuned import Finetuned
from superalign.studies.weak_to_strong.frozen import Frozen
from superalign.studies.weak_to_strong.lessons import Lesson
from superalign.studies.weak_to_strong.run import gold


def lesson(made, size, **changes):
    first, _ = made.halves(0)
    given = {
        "size": size,
        "problems": first,
        "targets": gold(made, first),
        "asked": made.test,
    }
    return Lesson(**{**given, **changes})


def right(chances, made):
    return (chances.argmax(1) == gold(made, made.test).argmax(1)).mean()


@pytest.mark.parametrize("kind", ["classify", "compare"])
def test_frozen_heads_learn_what_a_lesson_says_and_answer_in_the_order_asked(tmp_path, kind):
    made = task(400, 40, kind)
    school = Frozen(made, tmp_path)
    plain, turned, weighted = (
        lesson(made, "words-64", **changes)
        for changes in (
            {},
            {"asked": made.test[::-1]},
            {"weights": np.where(np.arange(180) < 1, 1.0, 0.0)},
        )
    )
    found, back, one = school.teach([plain, turned, weighted])
    assert right(found, made) >= 0.75
    assert np.array_equal(found, back[::-1])
    assert np.abs(one - found).max() > 0.01


def test_a_head_reads_the_problems_of_its_own_lesson(tmp_path):
    made = task(200, 60)
    second = made.halves(0)[1][::-1]
    targets = 1 - gold(made, second)
    found = Frozen(made, tmp_path).teach(
        [lesson(made, "words-512"), lesson(made, "words-512", problems=second, targets=targets)]
    )
    one, other = (right(c, made) for c in found)
    assert other < 0.5 < one


def test_stopping_at_the_end_or_by_gold_is_another_training(tmp_path):
    made = task(80, 20)
    first, _ = made.halves(0)
    noisy = np.clip(gold(made, first) + np.random.default_rng(0).normal(0, 0.8, (30, 1)), 0.1, 0.9)
    noisy = np.stack([1 - noisy[:, 1], noisy[:, 1]], 1)
    cheats = {"stop": "gold", "gold": 1 - noisy}
    stops = ({}, {"stop": "end"}, cheats)
    lessons = [lesson(made, "words-64", targets=noisy, **changes) for changes in stops]
    weak, end, cheat = Frozen(made, tmp_path).teach(lessons)
    other = Frozen(made, tmp_path).teach([lesson(made, "words-64", targets=noisy, seed=9)])[0]
    assert np.abs(other - weak).max() > 1e-4
    alone = Frozen(made, tmp_path).teach(lessons[1:2])[0]
    assert np.abs(end - alone).max() < 1e-6
    assert np.abs(weak - end).max() > 1e-4
    assert np.abs(cheat - end).max() > 1e-4
    assert np.abs(cheat - weak).max() > 1e-4


def test_heads_learn_from_the_layer_that_is_asked_for(tmp_path):
    """The same heads on states that `transformers` alone reads off, text by text."""
    from transformers import AutoModel

    from superalign.learners.heads import Head, train_heads
    from superalign.policies.features import Checkpoint

    folder = language_model(tmp_path / "gpt")
    made = task(40, 10)
    given = lesson(made, str(folder))
    model, source = AutoModel.from_pretrained(folder).eval(), Checkpoint(folder)
    rows = np.array([[p.id for p in made.train].index(p.id) for p in given.problems])
    said = {}
    for layer in (0, 1, 2):
        with torch.no_grad():
            states = [
                model(torch.tensor(ids)[None], output_hidden_states=True).hidden_states[layer]
                for ids in source.tokens([p.prompt for p in (*made.train, *made.test)])
            ]
        vectors = np.stack([state[0, -1].numpy() for state in states])
        heads = train_heads(vectors[: len(made.train)], [Head(rows=rows, targets=given.targets)])
        expected = heads.probabilities(vectors[len(made.train) :])[0]
        (said[layer],) = Frozen(made, tmp_path / "kept", layer).teach([given])
        assert said[layer] == pytest.approx(expected, abs=1e-4)
    assert np.abs(said[1] - said[0]).max() > 1e-2
    assert np.abs(said[1] - said[2]).max() > 1e-2
    assert Frozen(made, tmp_path / "kept").teach([given])[0] == pytest.approx(said[2], abs=1e-4)


def test_sizes_are_taught_by_themselves_and_answered_in_the_order_asked(tmp_path):
    made = task(80, 20)
    mixed = [
        lesson(made, size, **stop)
        for stop in ({}, {"stop": "end"})
        for size in ("words-64", "words-512")
    ]
    together = Frozen(made, tmp_path).teach(mixed)
    for one, found in zip(mixed, together, strict=True):
        assert np.abs(Frozen(made, tmp_path).teach([one])[0] - found).max() < 1e-6
    assert len({found.tobytes() for found in together}) == 4


def test_finetuned_models_learn_a_lesson_each(tmp_path):
    folder = str(language_model(tmp_path / "gpt"))
    made = task(24, 8)
    told = []
    school = Finetuned("classify", tmp_path / "models", 1, lambda: told.append(1))
    soft = {"targets": 0.3 + 0.4 * lesson(made, folder).targets}
    lessons = [lesson(made, folder, **soft, **c) for c in ({}, {"stop": "end"}, {"loss": "hard"})]
    found = school.teach(lessons)
    assert [c.shape for c in found] == [(8, 2)] * 3
    assert np.abs(found[0].sum(1) - 1).max() < 1e-6
    assert len(told) == 3
    assert np.abs(found[1] - found[0]).max() > 1e-5
    assert not np.array_equal(found[2], found[0])
    other = school.teach([lesson(made, folder, targets=1 - lessons[0].targets)])[0]
    assert np.abs(other - found[0]).max() > 1e-3


def test_all_that_a_lesson_says_reaches_the_training(tmp_path, monkeypatch):
    folder, made = str(language_model(tmp_path / "gpt")), task(24, 8)
    targets, seen, fit = lesson(made, folder).targets, [], Finetuning.fit
    monkeypatch.setattr(
        Finetuning, "fit", lambda how, *a, **k: seen.append((how, a[1], k)) or fit(how, *a, **k)
    )
    weights, gold_stop = np.linspace(0, 2, len(targets)), 1 - targets
    cheats = lesson(
        made, folder, loss="focal", seed=5, weights=weights, stop="gold", gold=gold_stop
    )
    Finetuned("classify", tmp_path / "taught", 1, lambda: None).teach([cheats])
    ((how, labels, rest),) = seen
    assert (how.loss, how.held_out, rest["seed"]) == ("focal", Finetuning().held_out, 5)
    assert np.array_equal(labels.targets, targets)
    assert np.array_equal(labels.weights, weights)
    assert np.array_equal(labels.gold_stop, gold_stop)


def test_answers_that_are_kept_are_not_given_again(tmp_path, monkeypatch):
    folder, made = str(language_model(tmp_path / "gpt")), task(24, 8)
    school = Finetuned("classify", tmp_path / "taught", 1, lambda: None)
    lessons = [lesson(made, folder, seed=seed) for seed in (1, 2)]
    (first,) = school.teach(lessons[:1])
    trained = []
    fit = Finetuning.fit
    monkeypatch.setattr(
        Finetuning, "fit", lambda *a, **k: trained.append(k["seed"]) or fit(*a, **k)
    )
    again, second = school.teach(lessons)
    assert np.array_equal(again, first)
    assert trained == [2]
    assert np.abs(second - first).max() > 1e-4
    assert school.teach(lessons)[1].tolist() == second.tolist()
    assert {p.suffix for p in (tmp_path / "taught").iterdir()} == {".json"}


def test_language_models_learn_preferences_in_proportion_to_their_weights(tiny, tmp_path):
    made = task(40, 10, "compare")
    school = Finetuned("compare", tmp_path / "taught", 1, lambda: None)
    targets = lesson(made, str(tiny)).targets
    n = len(targets)
    every = {"loss": "dpo", "stop": "end"}
    plain, ones, none, turned = school.teach(
        [
            lesson(made, str(tiny), **every),
            lesson(made, str(tiny), **every, weights=np.ones(n)),
            lesson(made, str(tiny), **every, weights=np.zeros(n)),
            lesson(made, str(tiny), **every, targets=1 - targets),
        ]
    )
    assert np.array_equal(plain, ones)
    assert none == pytest.approx(0.5)
    assert np.abs(plain - none).max() > 0.01
    assert right(turned, made) < right(plain, made)


@pytest.mark.parametrize("kind", ["classify", "compare"])
def test_a_body_learns_to_write_its_problems_once_for_all_lessons_and_from_no_label(tmp_path, kind):
    folder, made = str(language_model(tmp_path / "gpt")), task(24, 8, kind)
    school = Finetuned(kind, tmp_path / "taught", 1, lambda: None)
    given = [
        lesson(made, folder, generative=True),
        lesson(made, folder, generative=True, targets=1 - lesson(made, folder).targets),
        lesson(made, folder),
    ]
    found = school.teach(given)
    assert len({chances.tobytes() for chances in found}) == 3
    (body,) = (tmp_path / "taught" / "bodies").iterdir()
    start = Checkpoint(folder)
    texts = [text for p in given[0].problems for text in shown(p, kind)]
    (again,) = {written(start, texts, tmp_path / "other").folder}
    assert again.name == body.name
    model = Finetuning().fit(
        start.at(again), Labels(problems=given[0].problems, targets=given[0].targets, kind=kind)
    )[0]
    expected = model.probabilities(model.read(made.test))
    assert found[0] == pytest.approx(expected, abs=1e-5)
