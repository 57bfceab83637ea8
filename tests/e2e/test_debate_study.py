"""The study of debate by the command line: what it writes, how it goes on, chat models in seats."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter

import pytest

from endpoints import completion, endpoint
from superalign.cli import main
from superalign.critics.debate_judge import ByAnswer, DebateJudge
from superalign.games.critique import Critique
from superalign.games.debate import Debate
from superalign.games.judged import EXAMINER
from superalign.games.table import Seat
from superalign.policies.remote import RemotePolicy
from superalign.problems import chains
from superalign.problems.key import Key
from superalign.progress import Progress
from superalign.records import Problem
from superalign.studies.debate import debate, school, students
from superalign.studies.debate.config import ARMS
from superalign.studies.debate.worlds import WORLDS

pytestmark = pytest.mark.slow

JUDGES = {"blind", "consultancy", "debate", "finetune_ensemble", "debate_ensemble", "oracle"}
FIELDS = {
    "study", "preset", "seed", "seeds", "judge_accuracy", "levels", "gap_recovered", "floor",
    "persuasion", "claims", "paper", "sentence", "provenance", "seconds",
}  # fmt: skip


def run(out, *words):
    command = ["study", "debate", "--preset", "smoke", "--json", "--workers", "1"]
    return main([*command, "--out", str(out), *words])


def found(capsys):
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("world", WORLDS)
def test_the_smoke_preset_measures_everything_and_goes_on_where_it_was_stopped(
    world, tmp_path, capsys, monkeypatch
):
    words = ["--set", f"world={world}"]
    taught, calls = students._answers, []

    def stops(job, given, progress):
        calls.append(job.arm)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return taught(job, given, progress)

    monkeypatch.setattr(students, "_answers", stops)
    assert run(tmp_path / "a", *words) == 130
    assert not (tmp_path / "a" / "summary.json").exists()
    capsys.readouterr()
    assert run(tmp_path / "a", *words) == 0
    assert Counter(calls) == {arm: 1 + (arm == ARMS[2]) for arm in ARMS}
    resumed = found(capsys)
    assert run(tmp_path / "b", *words) == 0
    straight = found(capsys)
    assert {**resumed, "seconds": 0} == {**straight, "seconds": 0}

    assert set(straight) == FIELDS
    assert straight["provenance"]["config"]["world"] == world
    assert straight["persuasion"]["quotes_verified"]["rate"] > 0
    assert set(straight["judge_accuracy"]) == JUDGES
    for judged in straight["judge_accuracy"].values():
        assert 0 <= judged["low"] <= judged["rate"] <= judged["high"] <= 1
        assert judged["n"] == straight["provenance"]["config"]["test"]
        assert judged["unknown"] == 0
    assert set(straight["gap_recovered"]) == set(ARMS)
    assert {c["verdict"] for c in straight["claims"].values()} <= {
        "shown", "not shown", "contrary",
    }  # fmt: skip
    assert straight["paper"]["verdict"] in ("shown", "not shown", "contrary")
    assert straight["sentence"] in (tmp_path / "b" / "report.html").read_text()


def block(text, name):
    """Return what stands between the markers of a name in a prompt."""
    found = re.search(rf"^<{name} (\w+)>\n(.*?)\n</{name} \1>$", text, re.DOTALL | re.MULTILINE)
    return found and found[2]


def chats(asked, i):
    """Answer as a debater that is sure when right, or as a judge that believes the sure one."""
    text = asked["messages"][-1]["content"]
    if asked["model"] == "judge":
        sure = [x for x in "AB" if "sure of it" in (block(text, f"argument {x}, round 1") or "")]
        return completion(f"<thinking>hm</thinking><answer>{sure[0] if sure else 'A'}</answer>")
    if text.startswith("Criticise"):
        return completion("Say how sure you are.")
    if text.startswith("A critique of your draft"):
        return completion(asked["messages"][-2]["content"])
    source, question = block(text, "source"), block(text, "question")
    right = chains.solve(chains.parse(f"{source}\n{question}")).rpartition("#")[2]
    letter = re.search(r"You argue that answer ([AB])", text)[1]
    how = "sure of it" if block(text, f"answer {letter}") == right else "of two minds"
    quote = source.split("\n")[0]
    said = f"I am {how}: <quote>{quote}</quote> <quote>nowhere</quote>"
    return completion(f"<thinking>HIDDEN</thinking><argument>{said}</argument>")


def test_chat_models_behind_a_real_endpoint_fill_every_seat(tmp_path, capsys):
    with endpoint(chats) as (url, requests):
        seats = ["debater=openai/debater", "judge=openai/judge", f"base_url={url}"]
        words = [w for s in seats for w in ("--set", s)]
        assert run(tmp_path / "run", *words) == 0
        summary = found(capsys)
        asked = len(requests)
        assert run(tmp_path / "run", *words) == 0
        assert len(requests) == asked
    accuracy = {name: judged["rate"] for name, judged in summary["judge_accuracy"].items()}
    assert accuracy["debate"] == accuracy["debate_ensemble"] == 1.0
    assert accuracy["blind"] == 0.5
    assert summary["gap_recovered"]["debate"]["labels_right"] == 1.0
    assert summary["persuasion"]["quotes_verified"]["rate"] == 0.5
    assert summary["persuasion"]["tokens_per_judgement"]["debate 0"] == 4 * 4
    judged = [json.dumps(r["messages"]) for r in requests if r["model"] == "judge"]
    assert not any("HIDDEN" in shown for shown in judged)
    reads = [shown for shown in judged if "<source " in shown]
    assert all("argument" not in shown for shown in reads)
    assert 0 < len(reads) < len(judged)


def test_an_endpoint_plays_the_games_with_an_examiner_and_a_critic():
    problem = Problem.of("Which door?", source="SECRET: red", choices=("red", "green"))

    def plays(asked, i):
        text = asked["messages"][-1]["content"]
        if "put one question" in text:
            return completion("<question>why?</question>")
        if "Choose the answer" in text:
            return completion("<answer>B</answer>")
        if "Which answer is right" in text:
            return completion("no letter from me")
        return completion("<argument>because <quote>red</quote></argument>")

    with endpoint(plays) as (url, requests):
        seat = Seat(policy=RemotePolicy("openai/m", base_url=url, retries=1, backoff=0.01))
        for game in (Debate(2, interactive=True), Critique()):
            seats = dict.fromkeys((*game.speakers, EXAMINER), seat)
            (episode,) = asyncio.run(game.play(problem, seats))
            assert game.played(episode)
            (said,) = asyncio.run(DebateJudge(ByAnswer(seat.policy)).judge(game, [episode]))
            assert (said.chance, said.kind) == (None, "unreadable")
    judging = [r for r in requests if "Which answer is right" in r["messages"][-1]["content"]]
    assert len(judging) == 4
    assert "SECRET" not in json.dumps(judging)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('arms=["debate"]', "'ceiling'"),
        ("contest=99", "'contest' is 99"),
        ("draws=9", "'draws' is 9"),
        ("judge=nowhere-1", "nowhere-1"),
        ("world=atlantis", "'world' is 'atlantis'"),
    ],
)
def test_what_cannot_be_run_is_one_line(change, says, tmp_path, capsys):
    assert run(tmp_path / "out", "--set", change) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert says in line


@pytest.mark.parametrize("world", WORLDS)
def test_no_label_and_no_lesson_depends_on_a_truth_that_judges_were_not_told(
    world, tmp_path, monkeypatch
):
    config, world = debate("smoke", world=world), type(WORLDS[world])
    honest = world.drawn

    def poisoned(self, levels, n, seed):
        problems, key = honest(self, levels, n, seed)
        told = {p.id for p in problems[: config.gold]}
        answers = {p.id: key.look_up(p.id) for p in problems}
        return problems, Key({i: a if i in told else str(1 - int(a)) for i, a in answers.items()},
                             key.mode)  # fmt: skip

    before = school.schooled(school.Task(config, tmp_path / "a", 1), Progress())
    monkeypatch.setattr(world, "drawn", poisoned)
    after = school.schooled(school.Task(config, tmp_path / "b", 1), Progress())
    assert after["gold"] == [1 - truth for truth in before["gold"]]
    assert after["truth"] == [1 - truth for truth in before["truth"]]
    for part in ("labels", "lessons", "judged"):
        assert after[part] == before[part]
