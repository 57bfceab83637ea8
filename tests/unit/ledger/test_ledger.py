"""A run directory: what it records, what a resumed run gets back, whom it refuses."""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import subprocess
import sys
import time

import pytest

from superalign.errors import BadInput
from superalign.ledger import Ledger
from superalign.records import Episode, Issue, Message, Move, Outcome, Problem, Reply, Verdict


def episode(number: int, *, logprob: float | None = None, **problem) -> Episode:
    asked = Problem.of(f"what is {number}?", **problem)
    seen = (Message(role="user", text=asked.prompt),)
    reply = Reply(text=f"#{number} \0 \U0001f600 </td>", logprob=logprob, tokens=3)
    return Episode.of(asked, "solo", number, [Move(seat="a", policy="p", seen=seen, reply=reply)])


def verdict(critic: str, confidence: float = 0.5) -> Verdict:
    return Verdict(
        critic=critic,
        outcome=Outcome.UNSCORED if confidence < 0.5 else Outcome.PASS,
        confidence=confidence,
        scores={"clear": None, "odd": math.inf, "right": confidence / 3},
        steps=(confidence, 1 / 3),
        issues=(Issue(quote="#1", why="wrong"),),
    )


def giving(value):
    async def make():
        return value

    return make


async def never():
    raise AssertionError("a recorded step was made again")


def open_run(folder, seed=0, **config):
    return Ledger.open(folder / "run", config, seed=seed)


def resumed(folder, act):
    with open_run(folder) as ledger:
        return asyncio.run(act(ledger))


def test_a_result_is_made_once_and_read_ever_after(tmp_path):
    first = resumed(tmp_path, lambda run: run.once("fit", {"round": 1}, giving({"a": (1, 0.1)})))
    again = resumed(tmp_path, lambda run: run.once("fit", {"round": 1}, never))
    assert first == again == {"a": [1, 0.1]}


@pytest.mark.parametrize("value", [None, False, [], 0.1 + 0.2, 5e-324, {"1": math.inf}])
def test_every_result_comes_back_as_it_was_also_an_empty_one(tmp_path, value):
    assert resumed(tmp_path, lambda run: run.once("x", 1, giving(value))) == value
    assert resumed(tmp_path, lambda run: run.once("x", 1, never)) == value


def test_another_key_another_name_and_another_kind_are_other_steps(tmp_path):
    async def act(run):
        await run.once("fit", 1, giving("one"))
        await run.once("fit", 2, giving("two"))
        await run.once("test", 1, giving("three"))
        await run.play("fit", 1, giving([]))
        return await run.once("fit", 1, never), [(s.name, s.seconds >= 0) for s in run.steps()]

    one, steps = resumed(tmp_path, act)
    assert one == "one"
    assert steps == [("fit", True), ("fit", True), ("test", True), ("fit", True)]


def test_a_step_asked_for_twice_at_once_is_made_once(tmp_path):
    made = []

    async def make():
        await asyncio.sleep(0)
        made.append(1)
        return len(made)

    async def act(run):
        return await asyncio.gather(*(run.once("fit", 1, make) for _ in range(5)))

    assert resumed(tmp_path, act) == [1] * 5


def test_a_step_that_raises_leaves_no_record(tmp_path):
    async def act(run):
        with pytest.raises(ZeroDivisionError):
            await run.once("fit", 1, failing)
        return run.steps()

    async def failing():
        return 1 / 0

    assert resumed(tmp_path, act) == []


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose one entry is the time in seconds."""
    now = [50.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_the_seconds_of_all_processes_are_counted_up_to_what_each_recorded_last(tmp_path, clock):
    async def act(run, *, step):
        assert run.seconds() == 5 * step
        clock[0] += 5
        await (run.once if step else run.play)("fit", step, giving([]))
        assert run.seconds() == 5 * step + 5
        clock[0] += 100

    for step in range(3):
        resumed(tmp_path, lambda run, step=step: act(run, step=step))
        clock[0] += 1000
    with open_run(tmp_path) as run:
        assert run.seconds() == 15


def test_a_run_whose_steps_are_elsewhere_can_note_the_time_itself(tmp_path, clock):
    with open_run(tmp_path) as run:
        for _ in range(4):
            clock[0] += 0.75
            run.tick()
    with open_run(tmp_path) as run:
        assert run.seconds() == 3.0
    with open_run(tmp_path) as run:
        run.tick()
        clock[0] += 0.5
        run.tick()
    with open_run(tmp_path) as run:
        assert run.seconds() == 3.0


def test_floats_of_episodes_and_verdicts_come_back_to_the_last_bit(tmp_path):
    rng = random.Random(1)
    played = [
        episode(i, logprob=-rng.random() * 10 ** rng.randint(-9, 9)).judged(
            verdict("c", rng.random())
        )
        for i in range(500)
    ]
    assert resumed(tmp_path, lambda run: run.play("answer", 1, giving(played))) == played
    assert resumed(tmp_path, lambda run: run.play("answer", 1, never)) == played


def test_a_resumed_play_keeps_its_order_repeats_and_verdicts_whatever_others_said(tmp_path):
    bare = [episode(i) for i in (3, 1, 2)]
    early = [e.judged(verdict("b", 0.1), verdict("a", 0.2)) for e in [*bare, bare[0]]]
    late = [e.judged(verdict("b", 0.9)) for e in bare[::-1]]

    async def act(run):
        return await run.play("early", 1, giving(early)), await run.play("late", 1, giving(late))

    async def again(run):
        return await run.play("early", 1, never), await run.play("late", 1, never)

    assert resumed(tmp_path, act) == (early, late)
    assert resumed(tmp_path, again) == (early, late)


def test_what_an_id_does_not_name_still_comes_back_as_the_step_had_it(tmp_path):
    plain, tagged = episode(1, logprob=-1.0), episode(1, logprob=-1.5, tags=("leet",), level=4)
    assert plain.id == tagged.id
    resumed(tmp_path, lambda run: run.play("plain", 1, giving([plain])))
    resumed(tmp_path, lambda run: run.play("tagged", 1, giving([tagged])))
    assert resumed(tmp_path, lambda run: run.play("plain", 1, never)) == [plain]
    assert resumed(tmp_path, lambda run: run.play("tagged", 1, never)) == [tagged]


def test_written_episodes_read_back_in_the_order_written_or_asked(tmp_path):
    written = [episode(i) for i in (3, 1, 2)]
    with open_run(tmp_path) as ledger:
        ledger.write(written)
        ledger.write(iter(written[:2]))
        assert ledger.read() == written
        assert ledger.read([written[2].id, written[0].id]) == [written[2], written[0]]
        assert ledger.read([]) == []
        with pytest.raises(KeyError):
            ledger.read(["absent"])


def test_a_read_episode_carries_the_newest_verdict_of_each_critic(tmp_path):
    bare = episode(1)
    with open_run(tmp_path) as ledger:
        ledger.write([bare.judged(verdict("a", 0.1), verdict("b", 0.2))])
        ledger.write([bare.judged(verdict("a", 0.3))])
        ledger.write([bare])
        expected = bare.judged(verdict("b", 0.2), verdict("a", 0.3))
        assert ledger.read() == ledger.read([bare.id]) == [expected]


def test_more_ids_than_one_query_takes_can_be_read(tmp_path):
    written = [episode(i) for i in range(10_001)]
    with open_run(tmp_path) as ledger:
        ledger.write(written)
        assert ledger.read([e.id for e in written[::-1]]) == written[::-1]


@pytest.mark.parametrize(
    ("there", "here", "phrase"),
    [
        ({"rounds": 3}, {"rounds": 5}, "field 'rounds' is 3 there and 5 here"),
        ({"rounds": 1}, {"rounds": True}, "field 'rounds' is 1 there and true here"),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, "field 'a.b.c' is 1 there and 2 here"),
        ({"a": 1}, {"a": 1, "b": 2}, "field 'b' is here only"),
        ({"a": 1, "b": 2}, {"a": 1}, "field 'b' is there only"),
        ({"x": "y" * 99}, {"x": "z"}, "..."),
    ],
)
def test_another_configuration_is_refused_by_its_first_differing_field(
    tmp_path, there, here, phrase
):
    open_run(tmp_path, **there).close()
    with pytest.raises(BadInput, match=re.escape(phrase)) as caught:
        open_run(tmp_path, **here)
    assert str(tmp_path / "run" / "config.json") in str(caught.value)
    assert str(caught.value).endswith("use another --out")
    open_run(tmp_path, **there).close()


def test_another_seed_is_another_configuration(tmp_path):
    open_run(tmp_path, seed=1).close()
    with pytest.raises(BadInput, match="field 'seed' is 1 there and 2 here"):
        open_run(tmp_path, seed=2)


def test_tuples_and_paths_in_a_configuration_do_not_make_it_another(tmp_path):
    for _ in range(2):
        open_run(tmp_path, levels=(1, 2), data=tmp_path).close()


def test_a_broken_configuration_file_is_one_line(tmp_path):
    open_run(tmp_path).close()
    (tmp_path / "run" / "config.json").write_text('{"seed": ')
    with pytest.raises(BadInput, match=r"config\.json: not JSON: [^\n]*$"):
        open_run(tmp_path)


def test_a_record_that_is_no_database_is_one_line(tmp_path):
    open_run(tmp_path).close()
    (tmp_path / "run" / "ledger.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(BadInput, match=r"run cannot be written: file is not a database[^\n]*$"):
        open_run(tmp_path)


HOLD = """
import sys, time
from pathlib import Path
from superalign.ledger import Ledger
run = Ledger.open(Path(sys.argv[1]), {}, seed=0)
print("held", flush=True)
time.sleep(600)
"""


def test_a_directory_in_use_is_refused_and_free_once_its_process_is_killed(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BadInput, match=rf"run is in use by process {holder.pid};"):
            open_run(tmp_path)
        holder.kill()
        open_run(tmp_path).close()


def test_a_closed_run_may_be_opened_again_and_closed_twice(tmp_path):
    ledger = open_run(tmp_path)
    ledger.close()
    ledger.close()
    with open_run(tmp_path):
        pass


def test_a_run_can_be_read_while_another_works_on_it_and_then_not_be_written(tmp_path):
    with open_run(tmp_path / "odd ?#% name") as ledger:
        ledger.write([episode(1)])
        with Ledger.read_only(ledger.folder) as reader:
            assert reader.read() == [episode(1)]
            ledger.write([episode(2)])
            assert reader.read() == [episode(1), episode(2)]
            with pytest.raises(BadInput, match="attempt to write a readonly database"):
                reader.write([episode(3)])
    with Ledger.read_only(ledger.folder) as reader:
        assert reader.read() == [episode(1), episode(2)]


def test_a_folder_without_a_run_is_one_line(tmp_path):
    with pytest.raises(BadInput, match=r"holds no run: there is no ledger\.sqlite in it$"):
        Ledger.read_only(tmp_path)


def test_a_place_where_nothing_can_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"file/run cannot be written: Not a directory[^\n]*$"):
        open_run(tmp_path / "file")


FILL = """
import asyncio, resource, sys
from pathlib import Path
from superalign.errors import BadInput
from superalign.ledger import Ledger, atomic_folder

async def make():
    return "x" * 50_000

async def fill(run):
    for number in range(100):
        await run.once("fill", number, make)

run = Ledger.open(Path(sys.argv[1]), {}, seed=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
for act in (lambda: asyncio.run(fill(run)), lambda: save(run.checkpoints / "p")):
    def save(target):
        with atomic_folder(target) as folder:
            (folder / "weights").write_bytes(bytes(2_000_000))
    try:
        act()
    except BadInput as error:
        print(error)
"""


def test_a_full_disk_is_one_line_and_what_was_recorded_stays(tmp_path):
    command = [sys.executable, "-c", FILL, str(tmp_path / "run")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    step, checkpoint = ran.stdout.splitlines()
    assert step.startswith(f"{tmp_path / 'run'} cannot be written: ")
    assert checkpoint.startswith(f"{tmp_path / 'run' / 'policies' / 'p'} cannot be written: File")
    with open_run(tmp_path) as ledger:
        assert 0 < len(ledger.steps()) < 100
        assert not list(ledger.checkpoints.iterdir())


def test_a_run_directory_says_where_its_figures_come_from(tmp_path):
    open_run(tmp_path, seed=7, rounds=2).close()
    open_run(tmp_path, seed=7, rounds=2).close()
    assert json.loads((tmp_path / "run/config.json").read_text()) == {"rounds": 2, "seed": 7}
    processes = json.loads((tmp_path / "run/run.json").read_text())["processes"]
    assert len(processes) == 2
    assert {"started", "command", "seed", "git", "versions", "machine"} == processes[0].keys()
    assert processes[0]["seed"] == 7
    assert processes[0]["versions"]["python"] == sys.version.split()[0]


def test_jsonl_reads_back_as_the_episodes_it_was_written_from(tmp_path):
    judged = [episode(i).judged(verdict("c", i / 4)) for i in range(4)]
    with open_run(tmp_path) as ledger:
        ledger.write(judged)
        assert ledger.export(tmp_path / "deep" / "all.jsonl") == 4
        assert ledger.export(tmp_path / "some.jsonl", [judged[2].id]) == 1
    lines = (tmp_path / "deep" / "all.jsonl").read_text().splitlines()
    assert [Episode.model_validate_json(line) for line in lines] == judged
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["all.jsonl"]


def test_parquet_holds_one_row_per_episode(tmp_path):
    from pyarrow import parquet

    judged = [episode(i, level=i).judged(verdict("c", i / 4)) for i in range(4)]
    with open_run(tmp_path) as ledger:
        ledger.write(judged)
        ledger.export(tmp_path / "all.parquet")
    rows = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert [r["level"] for r in rows] == [0, 1, 2, 3]
    assert json.loads(rows[0]["outcomes"]) == {"c": "unscored"}
    assert [Episode.model_validate_json(r["episode"]) for r in rows] == judged


def test_an_unknown_export_format_is_one_line(tmp_path):
    with open_run(tmp_path) as ledger, pytest.raises(BadInput, match=r"all\.csv: .*\.jsonl or"):
        ledger.export(tmp_path / "all.csv")
