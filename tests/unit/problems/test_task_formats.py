import gzip
import json
from collections import Counter
from string import ascii_uppercase

import pytest
from task_rows import OTHERS, ROWS

from superalign.errors import BadInput
from superalign.problems.tasks import BURNS, TASKS, load
from superalign.problems.tasks.items import assemble

EVERY = {**ROWS, **OTHERS}


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(name, file, seed=0):
    items, test = TASKS[name].splits(name, file, n=None, seed=seed)
    assert test is None
    return items


def test_there_are_the_22_tasks_of_the_paper_and_rows_for_each_are_here():
    assert len(BURNS) == 22
    assert set(BURNS) == set(ROWS)


@pytest.mark.parametrize("name", EVERY)
def test_rows_become_items_with_class_and_group(name, tmp_path):
    rows, classes, groups = EVERY[name]
    items = read(name, written(tmp_path / "rows.jsonl", rows))
    if classes is not None:
        assert [int(item.answer) for item in items] == classes
    assert len({item.group for item in items}) == groups
    assert len({item.prompt for item in items}) == len(items)


@pytest.mark.parametrize("name", EVERY)
def test_what_a_row_asks_stands_in_the_text(name, tmp_path):
    unasked = {"label", "idx", "answerKey", "correct_answer_id", "support", "class", "answer"}
    rows = EVERY[name][0][:1]
    texts = "\n".join(i.prompt for i in read(name, written(tmp_path / "rows.jsonl", rows)))
    for row in rows:
        for field in row.keys() - unasked:
            values = row[field]["text"] if isinstance(row[field], dict) else row[field]
            for value in [values] if isinstance(values, str) else values:
                assert value in texts or value.startswith("None of the above")


@pytest.mark.parametrize("name", EVERY)
def test_a_missing_field_is_one_line_with_file_row_and_field(name, tmp_path):
    rows, _, _ = EVERY[name]
    for field in rows[-1].keys() - {"idx", "support"}:
        broken = {k: v for k, v in rows[-1].items() if k != field}
        file = written(tmp_path / "rows.jsonl", [*rows[:-1], broken])
        with pytest.raises(BadInput) as error:
            read(name, file)
        assert str(error.value).startswith(f"{file}: row {len(rows)}: field '{field}' ")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", [n for n, (r, _, _) in EVERY.items() if "label" in r[0]])
def test_a_label_that_is_none_is_refused(name, tmp_path):
    rows, _, _ = EVERY[name]
    for label in (-1, 7, "yes", None):
        file = written(tmp_path / "rows.jsonl", [{**rows[0], "label": label}])
        with pytest.raises(BadInput, match=rf"row 1: field 'label' is .*{label}.*, none of"):
            read(name, file)


def test_a_pair_of_scenarios_is_told_by_its_number_in_either_order(tmp_path):
    rows = [{"baseline": f"It is {i}.", "less_pleasant": f"It is not {i}."} for i in range(40)]
    items = read("ethics-utilitarianism", written(tmp_path / "rows.jsonl", rows))
    assert {item.prompt[-1] for item in items} == {"1", "2"}
    for item in items:
        named = item.prompt.splitlines()[int(item.prompt[-1]) - 1]
        assert item.answer == str(int("not" not in named))
    rights = Counter(item.prompt[-1] for item in items if item.answer == "1")
    assert 10 < rights["1"] < 30


def test_cosmosqa_never_asks_about_the_candidate_that_says_none(tmp_path):
    rows, _, _ = ROWS["cosmosqa"]
    items = read("cosmosqa", written(tmp_path / "rows.jsonl", rows))
    assert not [item for item in items if "None of the above" in item.prompt]
    [alone] = [item for item in items if "Cy" in item.prompt]
    assert (alone.answer, alone.question) == ("0", "")


def openbook(n):
    return [
        {
            "question_stem": f"What follows {i}?",
            "choices": {"text": [f"{i} {a}" for a in "wxyz"], "label": [*"ABCD"]},
            "answerKey": "ABCD"[i % 4],
        }
        for i in range(n)
    ]


def test_the_class_of_an_openbookqa_item_cannot_be_read_off_its_form(tmp_path):
    """A published formatter gives right answers as their letter and wrong ones in words."""
    items = read("openbookqa", written(tmp_path / "rows.jsonl", openbook(12)))
    for item in items:
        said = item.prompt.splitlines()[-2].removeprefix("Answer: ")
        assert said not in ascii_uppercase
        assert f"- {said}" in item.prompt.splitlines()
    shapes = {
        answer: {len(i.prompt) - len(i.group) for i in items if i.answer == answer}
        for answer in "01"
    }
    assert shapes["0"] == shapes["1"]


def test_openbookqa_reads_the_published_file_like_the_hubs(tmp_path):
    hub = openbook(3)
    published = [
        {
            "id": str(i),
            "question": {
                "stem": row["question_stem"],
                "choices": [
                    {"text": t, "label": c}
                    for t, c in zip(row["choices"]["text"], row["choices"]["label"], strict=True)
                ],
            },
            "answerKey": row["answerKey"],
        }
        for i, row in enumerate(hub)
    ]
    assert read("openbookqa", written(tmp_path / "a.jsonl", hub)) == read(
        "openbookqa", written(tmp_path / "b.jsonl", published)
    )


def test_piqa_finds_its_labels_in_the_file_beside(tmp_path):
    rows = [{"goal": f"g{i}", "sol1": f"a{i}", "sol2": f"b{i}"} for i in range(3)]
    file = written(tmp_path / "valid.jsonl", rows)
    (tmp_path / "valid-labels.lst").write_text("0\n1\n1\n")
    items = read("piqa", tmp_path)
    right = [item.prompt.split("Way: ")[1].split("\n")[0] for item in items if item.answer == "1"]
    assert right == ["a0", "b1", "b2"]
    (tmp_path / "valid-labels.lst").write_text("0\n1\n")
    with pytest.raises(BadInput, match=r"valid-labels\.lst: holds 2 labels for 3 rows"):
        read("piqa", file)


def said(*turns):
    return "".join(f"\n\n{who}: {text}" for who, text in turns)


ASKED = (("Human", "Hi."), ("Assistant", "Hello."), ("Human", "Jam?"))


def test_transcripts_become_a_context_and_two_replies_in_random_order(tmp_path):
    rows = [
        {
            "chosen": said(*ASKED, ("Assistant", f"Boil fruit {i}.")),
            "rejected": said(*ASKED, ("Assistant", f"No {i}.")),
        }
        for i in range(40)
    ]
    file = tmp_path / "test.jsonl.gz"
    file.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))
    items = read("hh-rlhf", file)
    assert {item.prompt for item in items} == {said(*ASKED).strip() + "\n\nAssistant:"}
    assert {item.group for item in items} == {"Human: Hi."}
    assert [item.right for item in items] == [f"Boil fruit {i}." for i in range(40)]
    assert 10 < sum(item.answer == "1" for item in items) < 30


def test_transcripts_that_part_early_share_what_they_have_in_common(tmp_path):
    rows = [
        {
            "chosen": said(*ASKED[:1], ("Assistant", "Ho."), ASKED[2], ("Assistant", "Boil.")),
            "rejected": said(*ASKED, ("Assistant", "No.")),
        },
        {"chosen": said(*ASKED, ("Assistant", "")), "rejected": said(*ASKED, ("Assistant", "No."))},
    ]
    [item] = read("hh-rlhf", written(tmp_path / "rows.jsonl", rows))
    assert item.prompt == "Human: Hi.\n\nAssistant:"
    assert item.right == "Ho.\n\nHuman: Jam?\n\nAssistant: Boil."


def test_a_context_ends_with_the_human_and_is_never_empty(tmp_path):
    first = said(*ASKED[:2], ("Human", "Jam?"), ("Assistant", "Boil."))
    second = said(*ASKED[:2], ("Human", "Tea?"), ("Assistant", "Brew."))
    apart = said(("Human", "Ho."), ("Assistant", "No."))
    rows = [{"chosen": first, "rejected": second}, {"chosen": first, "rejected": apart}]
    [item] = read("hh-rlhf", written(tmp_path / "rows.jsonl", rows))
    assert item.prompt == "Human: Hi.\n\nAssistant:"
    assert item.right == "Hello.\n\nHuman: Jam?\n\nAssistant: Boil."


def test_a_transcript_without_a_reply_is_refused(tmp_path):
    rows = [{"chosen": said(*ASKED), "rejected": said(*ASKED, ("Assistant", "No."))}]
    with pytest.raises(BadInput, match="row 1: field 'chosen' is no transcript"):
        read("hh-rlhf", written(tmp_path / "rows.jsonl", rows))


def test_test_rows_of_a_folder_measure_and_are_taken_out_of_train(tmp_path):
    rows = [{"sentence": f"number {i}", "label": i % 2} for i in range(20)]
    written(tmp_path / "train.jsonl", rows)
    written(tmp_path / "test.jsonl", rows[:6])
    task = load("sst2", data=tmp_path)
    assert (len(task.train), len(task.test)) == (14, 6)
    assert task.dropped == {"in the test split too": 6}


def test_a_folder_must_say_which_file_is_which(tmp_path):
    for name in ("a", "b"):
        written(tmp_path / f"{name}.jsonl", ROWS["sst2"][0])
    with pytest.raises(BadInput, match=r"needs one file of rows, or train\.\* and test\.\*; has 2"):
        load("sst2", data=tmp_path)


def test_pairs_of_candidates_are_balanced_to_the_item(tmp_path):
    items = read("openbookqa", written(tmp_path / "rows.jsonl", openbook(30)))
    task = assemble("openbookqa", "classify", items, None, n=None, seed=0)
    for part in (task.train, task.test):
        answers = Counter(task.key.look_up(p.id) for p in part)
        assert answers["0"] == answers["1"]
        assert set(Counter(task.groups[p.id] for p in part).values()) == {2}
