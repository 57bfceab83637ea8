"""Who is taught what: halves, labels, ceilings, and no truth for a student."""

import json
from dataclasses import fields

import numpy as np
import pytest
from w2s import SIZES, Reciting, config, task, teach_with

from bodies import encoder
from superalign.errors import BadInput
from superalign.ledger import Ledger
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.studies.command import run_study
from superalign.studies.weak_to_strong import run as study
from superalign.studies.weak_to_strong import weak_to_strong
from superalign.studies.weak_to_strong.frozen import Frozen
from superalign.studies.weak_to_strong.lessons import Lesson
from superalign.studies.weak_to_strong.run import Cut, Taught, gold, grid
from superalign.studies.weak_to_strong.summary import summary

SEED = seed_of(0, "study", 0) % 10**6


def taught(made, **given):
    """Return the lessons of a grid of one seed, and its cells."""
    school = Reciting()
    answered = grid(config(seeds=1, **given), made, 0, teach_with(school))
    return school.taught, answered


def ids(problems):
    return [p.id for p in problems]


def test_every_role_learns_from_its_own_half():
    made = task()
    first, second = made.halves(SEED)
    lessons, _ = taught(made)
    supervisors = [x for x in lessons if ids(x.problems) == ids(first)]
    others = [x for x in lessons if ids(x.problems) == ids(second)]
    assert len(supervisors) + len(others) == len(lessons)
    assert {x.size for x in supervisors} == set(SIZES)
    for lesson in supervisors:
        assert (lesson.targets == gold(made, first)).all()
        assert ids(lesson.asked) == ids([*second, *made.test])
    ceilings = [x for x in others if (x.targets == gold(made, second)).all()]
    assert [x.size for x in ceilings] == list(SIZES)
    assert len(others) == 3 + 9
    assert all(ids(x.asked) == ids(made.test) for x in others)


def test_a_student_is_taught_what_its_own_supervisor_says_of_the_second_half():
    made = task()
    _, second = made.halves(SEED)
    lessons, answered = taught(made)
    supervisors = {x.size: x for x in lessons if len(x.asked) > len(made.test)}

    def said_after(size, targets):
        """Return what the model of a size says that was taught these targets of the second half."""
        (found,) = [
            x
            for x in lessons
            if (x.size, ids(x.problems)) == (size, ids(second))
            and np.array_equal(x.targets, targets)
        ]
        return Reciting.answer(found)

    for cell in answered:
        said = Reciting.answer(supervisors[cell.weak_size])
        assert np.array_equal(cell.weak, said[len(second) :])
        student, ceiling = said[: len(second)], gold(made, second)
        assert np.array_equal(cell.student, said_after(cell.student_size, student))
        assert np.array_equal(cell.ceiling, said_after(cell.student_size, ceiling))


HONEST = (
    "xent", "confidence", "bootstrap", "confident", "weighted", "bagged", "boosted", "posterior",
    "no_early_stop",
)  # fmt: skip


def test_no_student_changes_when_the_truth_it_must_not_see_is_poisoned():
    made = task()
    _, second = made.halves(SEED)
    poisoned = task(flipped=ids([*second, *made.test]))
    assert ids(poisoned.halves(SEED)[1]) == ids(second)
    (_, clean), (_, poisoned_cells) = (taught(t, losses=HONEST) for t in (made, poisoned))
    for one, other in zip(clean, poisoned_cells, strict=True):
        assert np.array_equal(one.student, other.student), one.loss
        assert np.array_equal(one.weak, other.weak)
        assert not np.array_equal(one.ceiling, other.ceiling)


def test_students_of_preferences_do_not_see_the_truth_of_their_half_either():
    made = task(kind="compare")
    _, second = made.halves(SEED)
    poisoned = task(kind="compare", flipped=ids([*second, *made.test]))
    asked = config(seeds=1).model_copy(update={"losses": ("wdpo", "cwpo", "generative")})
    pair = [grid(asked, t, 0, teach_with(Reciting())) for t in (made, poisoned)]
    for one, other in zip(*pair, strict=True):
        assert np.array_equal(one.student, other.student), one.loss
        assert np.array_equal(one.weak, other.weak)
        assert not np.array_equal(one.ceiling, other.ceiling)
    said = {(c.weak_size, c.loss): c.weak.tobytes() for c in pair[0]}
    assert said[SIZES[0], "wdpo"] != said[SIZES[0], "cwpo"]


def test_a_lesson_has_no_room_for_a_key_and_gold_only_where_it_cheats():
    names = {f.name for f in fields(Lesson)}
    assert names == {
        "size", "problems", "targets", "asked", "loss", "seed", "weights", "stop", "generative",
        "gold",
    }  # fmt: skip
    made = task()
    lessons, _ = taught(made, losses=(*HONEST, "early_stop_gold"))
    cheating = [x for x in lessons if x.stop == "gold"]
    assert {len(x.problems) for x in cheating} == {len(made.halves(SEED)[1])}
    assert all((x.gold == gold(made, x.problems)).all() for x in cheating)
    assert len(cheating) == 9
    assert all(x.gold is None for x in lessons if x.stop != "gold")


def test_truly_trained_students_do_not_change_when_the_truth_is_poisoned(tmp_path):
    made = task(30, 10)
    _, second = made.halves(SEED)
    poisoned = task(30, 10, flipped=ids([*second, *made.test]))
    found = []
    for name, t in (("clean", made), ("poisoned", poisoned)):
        school = Frozen(t, tmp_path / name)
        found.append(grid(config(seeds=1, sizes=SIZES[:2]), t, 0, teach_with(school)))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one.student, other.student)
        assert np.abs(one.ceiling - other.ceiling).max() > 0.05


def test_to_compare_the_first_choice_is_class_0():
    made = task(kind="compare")
    first, _ = made.halves(0)
    for problem, row in zip(first, gold(made, first), strict=True):
        assert row[int(made.key.look_up(problem.id))] == 1


@pytest.fixture
def opened(tmp_path):
    def open_(school):
        ledger = Ledger.open(tmp_path / "run", {}, seed=0)
        return ledger, Taught(ledger, school, Progress())

    return open_


def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_cells(opened):
    made, asked = task(), config(losses=("xent", "bootstrap"))
    whole = grid(asked, made, 0, teach_with(Reciting()))
    stopped = Reciting(fails_at=3)
    ledger, teach = opened(stopped)
    with ledger, pytest.raises(KeyboardInterrupt):
        grid(asked, made, 0, teach)
    rest = Reciting()
    ledger, teach = opened(rest)
    with ledger:
        found = grid(asked, made, 0, teach)
    before, after = ({x.id for x in school.taught} for school in (stopped, rest))
    assert before
    assert not before & after
    for one, other in zip(whole, found, strict=True):
        assert np.array_equal(one.student, other.student)
    ledger, teach = opened(Reciting(fails_at=1))
    with ledger:
        again = grid(asked, made, 0, teach)
    for one, other in zip(found, again, strict=True):
        assert np.array_equal(one.student, other.student)


def test_what_is_taught_twice_is_taught_once(opened):
    school = Reciting()
    ledger, teach = opened(school)
    with ledger:
        grid(config(), task(), 0, teach)
    assert len(school.taught) == len({x.id for x in school.taught}) == 2 * (3 + 3 + 9)
    assert school.calls == 2


def test_a_lesson_is_named_by_all_that_its_answers_depend_on():
    made = task()
    first, second = made.halves(0)
    plain = {
        "size": "a",
        "problems": first,
        "targets": gold(made, first),
        "asked": made.test,
    }
    changes = [
        {"size": "b"},
        {"problems": first[::-1]},
        {"targets": 1 - gold(made, first)},
        {"asked": second},
        {"loss": "hard"},
        {"seed": 1},
        {"weights": np.ones(len(first))},
        {"stop": "end"},
        {"generative": True},
        {"gold": gold(made, first)},
    ]
    names = [Lesson(**{**plain, **change}).id for change in ({}, *changes)]
    assert len(set(names)) == len(names)
    assert Lesson(**plain).id == names[0]


def test_the_summary_tells_each_cell_and_each_pair_over_seeds():
    made = task()
    asked = config(losses=("xent", "early_stop_gold"))
    found = summary(asked, made, grid(asked, made, 0, teach_with(Reciting())), seed=0)
    assert json.loads(json.dumps(found)) == found
    assert len(found["cells"]) == 3 * 3 * 2 * 2
    assert len(found["pairs"]) == 3 * 3 * 2
    cell = found["cells"][0]
    assert {
        "weak_size", "student_size", "loss", "seed", "weak", "student", "ceiling",
        "gap_recovered", "agreement", "inherited", "corrected", "new_errors", "ece", "misfit",
    } <= cell.keys()  # fmt: skip
    assert cell["weak"].keys() == {"rate", "n", "low", "high"}
    assert {c["loss"] for c in found["cells"] if c.get("cheats")} == {"early_stop_gold"}
    pair = found["pairs"][0]
    same = [c for c in found["cells"] if all(c[k] == pair[k] for k in list(pair)[:3])]
    assert len(same) == 2
    assert pair["student"]["mean"] == pytest.approx(np.mean([c["student"]["rate"] for c in same]))
    assert pair["student"]["n"] == 24
    assert "--set" in found["provenance"]["command"]
    assert found["sentence"].startswith("On made, words-4096 taught by words-64 (xent)")


def test_cuts_of_other_seeds_differ():
    made = task()
    assert ids(Cut.of(made, 0).first) != ids(Cut.of(made, 1).first)
    assert {*ids(Cut.of(made, 0).first)}.isdisjoint(ids(Cut.of(made, 0).second))


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"losses": ["xnt"]}, "no loss or method 'xnt'; there are xent, .*posterior"),
        ({"losses": ["xent", "xent"]}, "'losses' is .*none twice"),
        ({"sizes": []}, r"'sizes' is \[\]; it must name one"),
        ({"strong": "words-64"}, "'sizes' is .*none twice"),
        ({"mode": "frosted"}, "mode: "),
        ({"mode": "finetuned", "task": "sst2"}, r"words-\* have no weights to train"),
        ({"mode": "finetuned", "layer": 2}, "leave 'layer' out"),
        ({"task": "chains-answers"}, "asks for text"),
        ({"losses": ["xent", "cwpo"], "task": "chains-pairs"}, "'cwpo' teaches language models; "),
        ({"losses": ["generative"]}, "'generative' teaches language models"),
        ({"losses": ["wdpo"], "mode": "finetuned"}, "'wdpo' .* to compare, not 'chains'"),
        ({"seeds": 0}, "seeds: "),
        ({"n": 5}, "n: "),
        ({"size": []}, "size: "),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(given, line):
    given = {"sizes": SIZES, **given} if given.get("mode") != "finetuned" else given
    with pytest.raises(BadInput, match=line) as caught:
        weak_to_strong(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("loss", ["generative", "wdpo", "cwpo"])
def test_an_encoder_is_not_taught_as_a_language_model(loss, tmp_path):
    asked = {"task": "chains-pairs", "mode": "finetuned", "losses": [loss]}
    with pytest.raises(BadInput, match=f"'{loss}' teaches language models; '.*' is an encoder"):
        weak_to_strong(**asked, strong=str(encoder(tmp_path / "encoder")))
    assert weak_to_strong(**asked).losses == (loss,)


def test_sizes_follow_the_task_and_how_it_is_read():
    assert weak_to_strong().sizes[0] == "surprise-chains-50k"
    assert weak_to_strong(mode="finetuned").sizes[0] == "chains-50k"
    assert weak_to_strong(task="requests").sizes[0] == "requests-50k"
    strong = weak_to_strong(task="toxicity", strong="./encoder")
    assert strong.students == (*SIZES, "./encoder")
    assert weak_to_strong(n=None).n is None


def test_the_options_of_the_command_are_fields_and_a_study_without_them_says_so(tmp_path):
    asked = {"fields": {"task": "chains", "data": "", "strong": ""}, "seed": 0, "workers": 1}
    with pytest.raises(BadInput, match="task: ") as caught:
        run_study("oversight", "smoke", [], out=tmp_path, quiet=True, **asked)
    assert "\n" not in str(caught.value)
    asked["fields"] |= {"task": "nothing", "strong": "x"}
    with pytest.raises(BadInput, match="no task 'nothing'"):
        run_study("weak-to-strong", "smoke", [], out=tmp_path, quiet=True, **asked)


def test_a_whole_study_of_a_world_leaves_a_summary_and_no_models(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "load", lambda *_, **__: task(30, 10))
    asked = config(sizes=SIZES[:2], seeds=1)
    found = study.run_weak_to_strong(asked, tmp_path, Progress(), seed=0, workers=1)
    written = json.loads((tmp_path / "summary.json").read_text())
    assert written == found
    assert {p.name for p in tmp_path.iterdir()} >= {"features", "summary.json"}
    assert not (tmp_path / "models").exists()
    again = study.run_weak_to_strong(asked, tmp_path, Progress(), seed=0, workers=1)
    assert again["cells"] == found["cells"]
