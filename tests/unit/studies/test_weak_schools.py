"""The two schools: heads on frozen bodies and whole models, on lessons that can be learnt."""

import numpy as np
import pytest
from w2s import task

from bodies import language_model
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
    made = task(80, 20)
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
    again = school.teach(lessons[:1])[0]
    assert np.array_equal(again, found[0])
    other = school.teach([lesson(made, folder, targets=1 - lessons[0].targets)])[0]
    assert np.abs(other - found[0]).max() > 1e-3
