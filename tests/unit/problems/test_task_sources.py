import csv
import json
import sys
from types import SimpleNamespace

import pytest

from superalign.errors import BadInput
from superalign.problems.rows import read_rows
from superalign.problems.tasks import TASKS, load
from superalign.problems.tasks.registry import source_of

SAFE = "how do i {} a tomato plant in my garden"
VERBS = ["water", "prune", "feed", "stake", "move", "pot", "trim", "grow"]


class Fetched:
    """Stands in for the library that reads the hub, and keeps what was asked of it."""

    def __init__(self, rows, script=False):
        self.rows, self.script, self.asked = rows, script, []
        self.exceptions = SimpleNamespace(DatasetsError=LookupError)

    def load_dataset(self, name, config=None, *, split, revision=None):
        if self.script and revision is None:
            raise RuntimeError("Dataset scripts are no longer supported, but found mine.py")
        self.asked.append((name, config, split, revision))
        return self.rows(split)


@pytest.fixture
def hub(monkeypatch):
    def install(rows, **settings):
        fetched = Fetched(rows, **settings)
        monkeypatch.setitem(sys.modules, "datasets", fetched)
        return fetched

    return install


def sentences(split):
    return [{"sentence": f"{split} {i}", "label": i % 2} for i in range(10)]


def test_the_hubs_data_set_is_asked_for_by_name_part_and_split(hub):
    fetched = hub(sentences)
    task = load("cola")
    assert fetched.asked == [
        ("nyu-mll/glue", "cola", "train", None),
        ("nyu-mll/glue", "cola", "validation", None),
    ]
    assert {p.prompt.split()[0] for p in task.train} == {"train"}
    assert {p.prompt.split()[0] for p in task.test} == {"validation"}


def test_of_a_data_set_kept_as_a_script_the_parquet_copy_is_read(hub):
    fetched = hub(sentences, script=True)
    list(read_rows("mine/own", split="train"))
    assert fetched.asked == [("mine/own", None, "train", "refs/convert/parquet")]


def test_another_failure_of_the_hub_is_one_line(hub):
    def fail(split):
        raise RuntimeError("no\nroute")

    hub(fail)
    with pytest.raises(BadInput, match="nyu-mll/glue: cannot be loaded: no route"):
        load("cola")


def test_sciq_pools_all_splits_and_cuts_its_test_off_them(hub):
    names = ("correct_answer", "distractor1", "distractor2", "distractor3")

    def rows(split):
        return [{"question": f"{split} {i}?", **{n: f"{n} {i}" for n in names}} for i in range(30)]

    fetched = hub(rows)
    task = load("sciq")
    assert [split for _, _, split, _ in fetched.asked] == ["train", "validation", "test"]
    assert (len(task.train), len(task.test)) == (120, 60)
    assert {p.prompt.split()[1] for p in task.test} == {"train", "validation", "test"}


def test_mc_taco_trains_on_the_larger_test_split():
    hub = TASKS["mc-taco"].hub
    assert (hub.train, hub.test) == (("test",), "validation")


@pytest.mark.parametrize("name", ["mate-in-one", "legal-clauses", "legal-hearsay", "danger"])
def test_what_the_hub_does_not_have_must_be_named(name):
    with pytest.raises(BadInput, match=f"{name}: .*data"):
        load(name)


def test_an_unknown_task_and_too_few_problems_are_one_line():
    with pytest.raises(BadInput, match=r"no task 'glue'; there are anli-r2, .* and legal-FILE"):
        load("glue")
    with pytest.raises(BadInput, match="chains: 2 problems cannot be cut"):
        load("chains", n=2)


def test_every_task_says_what_it_is():
    for name in [*TASKS, "legal-hearsay"]:
        source = source_of(name)
        assert source.kind in ("classify", "compare", "generate")
        assert source.origin


def clause_file(folder, name, rows):
    text = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
    (folder / f"{name}.tsv").write_text(text, encoding="utf-8")


@pytest.fixture
def legal(tmp_path):
    folder = tmp_path / "test_2022"
    folder.mkdir()
    rows = [(f'"Term" {i} begins.', "Yes" if i % 2 else "No") for i in range(30)]
    clause_file(folder, "renewal_term", rows)
    clause_file(folder, "audit_rights", [(f"Books {i} are open.", "No") for i in range(9)])
    scenes = [(f"On whether {i // 2} ran. Part {i}.", "Yes" if i % 2 else "No") for i in range(30)]
    clause_file(folder, "hearsay", scenes)
    return tmp_path


def test_clauses_are_read_with_their_quotes_and_pooled(legal):
    items, _ = TASKS["legal-clauses"].splits("legal-clauses", legal, n=None, seed=0)
    assert len(items) == 39
    assert '"Term" 3 begins.\nIs this a clause on renewal term?' in {i.prompt for i in items}
    assert {i.answer for i in items if "audit rights" in i.prompt} == {"0"}


def test_one_legal_task_is_read_by_name_and_a_scenes_variants_stay_together(legal):
    task = load("legal-hearsay", data=legal)
    assert {p.prompt.splitlines()[1] for p in task.test} == {"Is this evidence hearsay?"}
    assert len(set(task.groups.values())) == 15
    with pytest.raises(BadInput, match=r"has no proa\.tsv, which legal-proa reads"):
        load("legal-proa", data=legal)


def test_a_legal_label_that_is_none_is_refused(legal):
    clause_file(legal, "x", [("A clause.", "Perhaps")])
    with pytest.raises(BadInput, match=r"x\.tsv: row 1: field 'label' is 'Perhaps'"):
        load("legal-x", data=legal / "x.tsv")


def prompts_file(folder, column, texts, notice=""):
    folder.mkdir()
    with (folder / "prompts.csv").open("w", newline="") as out:
        csv.writer(out).writerows([[column], *([t] for t in texts)])
    (folder / "SOURCE.txt").write_text(f"licence: MIT {notice}")


def test_prompts_for_evaluation_only_never_train(tmp_path):
    prompts_file(tmp_path / "benign", "prompt", [f"{v} {SAFE.format(v)}" for v in VERBS])
    prompts_file(
        tmp_path / "advbench", "goal", [f"steal {v} number {i}" for i, v in enumerate(VERBS)]
    )
    prompts_file(
        tmp_path / "harmbench", "Behavior", [f"forge {v}" for v in VERBS], "evaluation only"
    )
    items, _ = TASKS["danger"].splits("danger", tmp_path, n=None, seed=0)
    assert {i.sealed for i in items if "forge" in i.prompt} == {True}
    assert {i.sealed for i in items if "forge" not in i.prompt} == {False}
    assert {i.answer for i in items if "garden" in i.prompt} == {"0"}
    assert {i.answer for i in items if "garden" not in i.prompt} == {"1"}


def test_danger_needs_both_classes(tmp_path):
    prompts_file(tmp_path / "benign", "prompt", ["boil an egg"])
    with pytest.raises(BadInput, match="holds no harmful prompts; known folders: advbench"):
        load("danger", data=tmp_path)


def test_mate_in_one_numbers_every_half_move_and_answers_behind_a_space(tmp_path):
    asked = "1. f3 e5 2. g4\nA: The checkmate in one move for black is"
    also = "1. e4 e5 2. Bc4 Nc6 3. Qh5 Nf6\nA: The checkmate in one move for white is"
    examples = [{"input": asked, "target": "Qh4#"}, {"input": also, "target": "Qxf7#"}]
    file = tmp_path / "mate.json"
    file.write_text(json.dumps({"examples": examples}))
    items, _ = TASKS["mate-in-one"].splits("mate-in-one", file, n=None, seed=0)
    assert [(i.prompt, i.answer) for i in items] == [
        ("1. f3 1... e5 2. g4 2...", " Qh4#"),
        ("1. e4 1... e5 2. Bc4 2... Nc6 3. Qh5 3... Nf6 4.", " Qxf7#"),
    ]
    file.write_text("[]")
    with pytest.raises(BadInput, match=r"mate\.json: field 'examples' holds no list"):
        load("mate-in-one", data=file)


PUZZLE = {
    "FEN": "rnbqkbnr/pppp1ppp/8/4p3/8/5P2/PPPPP1PP/RNBQKBNR w KQkq - 0 2",
    "Moves": "g2g4 d8h4",
    "Rating": "600",
    "GameUrl": "https://example.org/abc#3",
}


def puzzle(file, **changed):
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, PUZZLE)
        writer.writeheader()
        writer.writerow({**PUZZLE, **changed})
    return TASKS["lichess"].splits("lichess", file, n=None, seed=0)[0]


def test_a_puzzle_without_its_game_begins_with_the_position(tmp_path):
    [item] = puzzle(tmp_path / "p.csv")
    assert item.prompt == f"{PUZZLE['FEN']}\n2. g4 2..."
    assert (item.answer, item.level, item.group) == (" Qh4#", 600, "https://example.org/abc")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("FEN", "8/8", "is no chess position"),
        ("Moves", "g2g5 d8h4", "'g2g5' is no legal move"),
        ("Moves", "g2g4 d8h5", "'d8h5' is no legal move"),
        ("Moves", "g2g4", "holds no move and reply"),
        ("Rating", "high", "is 'high', no whole number"),
    ],
)
def test_a_broken_puzzle_is_one_line(field, value, said, tmp_path):
    with pytest.raises(BadInput, match=rf"p\.csv: row 1: field '{field}'.*{said}"):
        puzzle(tmp_path / "p.csv", **{field: value})


def test_a_puzzle_with_its_game_is_read_as_it_is(tmp_path):
    file = tmp_path / "p.jsonl"
    file.write_text(json.dumps({"ctx": "1. f3 1... e5 2. g4 2...", "target": " Qh4#"}))
    [item] = TASKS["lichess"].splits("lichess", file, n=None, seed=0)[0]
    assert (item.prompt, item.answer) == ("1. f3 1... e5 2. g4 2...", " Qh4#")
