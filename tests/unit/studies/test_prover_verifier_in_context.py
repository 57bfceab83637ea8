"""Seats that are not trained: what is selected, shown and asked."""

import asyncio
import json
import random
import re
from types import SimpleNamespace

import pytest
from provers import LUCKY, OTHER, PROBLEM, RIGHT, WRONG, proven

from superalign.games.prover_verifier import BRIEFS, MARKS, PROVER
from superalign.games.translated import TRANSLATES
from superalign.learners.verifier import Solutions
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Message
from superalign.studies.prover_verifier import (
    in_context,
    measuring,
    pressing,
    prover_verifier,
    summary,
    verifiers,
)
from superalign.studies.prover_verifier.lessons import Played
from superalign.studies.prover_verifier.proofs import truth, valued
from superalign.studies.prover_verifier.provers import Trained
from superalign.studies.prover_verifier.readers import TRIES, AskedReader, within
from superalign.studies.prover_verifier.teaching import worked_lessons
from superalign.studies.prover_verifier.words import FORM, LANGUAGE, Shown, verifier_words

CHAT = prover_verifier("smoke", prover="openai/p", verifier="openai/v", examples=2, asks=2)


def played(role, rows):
    episodes = [proven(t, role, p, i) for i, (p, t, _) in enumerate(rows)]
    return Played(role, episodes, [v for *_, v in rows], [truth(e) for e in episodes])


ROWS = [
    (PROBLEM, RIGHT, 1.0),
    (PROBLEM, WRONG, 3.0),
    (PROBLEM, LUCKY, 4.0),
    (OTHER, "b=k*7=k4*7=b8\n#8", 0.5),
    (OTHER, "b=k*7=k4*7=b7\n#7", -1.0),
]


def shown(role, reward):
    return [(s.problem, s.solution) for s in in_context.selected(played(role, ROWS), reward)]


def test_the_best_of_a_group_does_what_its_role_asks():
    honest = [(PROBLEM.prompt, RIGHT), (OTHER.prompt, ROWS[3][1])]
    for reward in ("src", "cgc", None):
        assert shown("helpful", reward) == honest
    for reward in ("src", "cgc"):
        assert shown("sneaky", reward) == [(PROBLEM.prompt, WRONG), (OTHER.prompt, ROWS[4][1])]
    assert shown("helpful", "goodhart") == [(PROBLEM.prompt, LUCKY), (OTHER.prompt, ROWS[3][1])]
    assert in_context.selected(played("sneaky", ROWS[:1]), "src") == []
    silent = [(p, text, None) for p, text, _ in ROWS]
    assert in_context.selected(played("helpful", silent), "cgc") == []
    assert len(in_context.selected(played("helpful", silent), None)) == 2


def prover(tmp_path, **fields):
    start = in_context.InContext(config=CHAT, policy=Scripted(["x"]), **fields)
    return start.taught([], tmp_path, Progress(), seed=1)


def test_a_prover_is_shown_in_each_role_what_earned_most_in_it(tmp_path):
    start = prover(tmp_path)
    assert start.told("helpful", translates=False) == f"{BRIEFS['helpful']}\n\n{FORM}"
    assert start.told("helpful", translates=True).startswith(TRANSLATES["helpful"])
    assert start.told(None, translates=False) == FORM
    both = [played(role, ROWS) for role in ("helpful", "sneaky")]
    better = start.improved(both, "cgc", tmp_path, start=start, seed=1)
    told = {role: better.told(role, translates=False) for role in ("helpful", "sneaky")}
    assert RIGHT in told["helpful"]
    assert WRONG not in told["helpful"]
    assert WRONG in told["sneaky"]
    assert RIGHT not in told["sneaky"]
    assert told["helpful"].index(RIGHT) < told["helpful"].index(ROWS[3][1])
    assert better.id != start.id
    assert start.at(better.place).briefs == better.briefs
    assert better.improved([], "src", tmp_path, start=start, seed=2).briefs == better.briefs


def test_no_more_is_shown_than_asked_for_and_the_newest_stands_for_its_problem(tmp_path):
    start = prover(tmp_path)
    old = Shown(problem="p", solution="OLD", worth=9.0)
    again = Shown(problem=PROBLEM.prompt, solution="STALE", worth=9.0)
    older = Shown(problem="q", solution="OLDER", worth=9.0)
    before = start.at(in_context.keep(tmp_path, {"helpful": [again, old, older]}))
    part = played("helpful", ROWS[:1])
    after = before.improved([part], "cgc", tmp_path, start=start, seed=1)
    assert [s.solution for s in after.briefs["helpful"]] == [RIGHT, "OLD"]
    assert "sneaky" not in after.briefs


def test_what_two_phases_show_is_kept_apart(tmp_path):
    start, part = prover(tmp_path), played("helpful", ROWS)
    places = {start.improved([part], "src", tmp_path, start=start, seed=s).place for s in (1, 2)}
    assert len(places) == 2


def lesson(name, right=2, wrong=2):
    return Solutions(
        seen=(Message(role="user", text=name),),
        right=tuple(f"{name} right {i}" for i in range(right)),
        wrong=tuple(f"{name} wrong {i}" for i in range(wrong)),
    )


def test_a_verifiers_examples_are_half_right_and_of_as_many_problems_as_there_are():
    lessons = [lesson(n) for n in "abcde"] + [lesson("x", wrong=0), lesson("y", right=0)]
    for seed in range(5):
        found = in_context.examples(lessons, 6, random.Random(seed))
        assert sum(s.worth for s in found) == 3
        assert all(("right" in s.solution) == bool(s.worth) for s in found)
        assert len({s.problem for s in found}) == 3
        assert not {s.problem for s in found} & {"x", "y"}
    assert len(in_context.examples(lessons, 99, random.Random(0))) == 10
    assert in_context.examples([], 4, random.Random(0)) == []
    drawn = [in_context.examples(lessons, 6, random.Random(i)) for i in range(9)]
    orders = {tuple(s.worth for s in found) for found in drawn}
    assert len(orders) > 1


def test_a_verifier_is_told_the_world_and_the_truth_of_its_examples_alone(tmp_path):
    told = []

    def judge(seen, seed):
        told.append("\n".join(m.text for m in seen))
        return json.dumps({"right": True})

    seat = verifiers.Asking(CHAT, Scripted(judge))
    place = seat.taught([lesson("a"), lesson("b")], tmp_path, Progress(), seed=3)
    values = asyncio.run(valued(seat.at(place), [proven(WRONG, "sneaky")]))
    assert values == [pytest.approx(1.6094, abs=1e-4)]
    assert len(told) == 2
    assert LANGUAGE in told[0]
    found = re.findall(
        r"^\w (right|wrong) \d\n</solution \w+>\nThis one is (\w+)\.$", told[0], re.M
    )
    assert sorted(found) == [("right", "right"), ("wrong", "wrong")]
    assert told[0].count("This one is right.") == told[0].count("This one is wrong.") == 1
    assert not any(word in told[0] for word in ("sneaky", "helpful", BRIEFS["sneaky"]))
    assert verifier_words([]) == LANGUAGE


def read(script, texts, budget=15):
    asked = []

    def judge(seen, seed):
        asked.append(seen)
        return script(len(asked))

    config = prover_verifier("smoke", budget=budget)
    reader = AskedReader(config, Scripted(judge))
    return asyncio.run(reader.read([proven(t) for t in texts])), asked


def test_a_reader_is_shown_whole_lines_within_its_budget():
    assert within("abc\nde\nf", 3) == ""
    assert within("abc\nde\nf", 6) == "abc\n"
    assert within("abc\nde\nf", 7) == "abc\nde\n"
    assert within("abc\nde\nf", 8) == "abc\nde\nf"
    found, asked = read(lambda _: json.dumps({"right": True}), [RIGHT, WRONG])
    assert [f["hit"] for f in found] == [1.0, 0.0]
    assert [f["tokens"] for f in found] == [14, 14]
    assert "#1" not in asked[0][-1].text
    assert "k3*7=b1" in asked[0][-1].text


def test_a_reader_is_asked_again_and_what_cannot_be_read_is_no_miss():
    found, asked = read(lambda i: "hm" if i < TRIES else json.dumps({"right": False}), [WRONG])
    assert (found[0]["hit"], len(asked)) == (1.0, TRIES)
    found, asked = read(lambda _: "hm", [WRONG])
    assert (found[0]["hit"], len(asked)) == (None, TRIES)


def test_the_sentence_says_what_was_not_trained():
    assert summary.untrained(prover_verifier("smoke")) == ""
    assert "prover and verifier" in summary.untrained(CHAT)
    every = prover_verifier("smoke", prover="openai/p", verifier="openai/v", reader="openai/r")
    assert summary.untrained(every).startswith("Nothing was trained")
    assert CHAT.updates == prover_verifier("chat", prover="openai/p").updates == 1
    assert prover_verifier("smoke", verifier="openai/v").updates == CHAT.learner_steps


def test_a_seat_is_a_prover_whoever_is_in_it(tmp_path):
    game, seats = prover(tmp_path).plays("sneaky")
    assert list(seats) == [PROVER]
    assert BRIEFS["sneaky"] in seats[PROVER].brief
    assert game.name == "prover-verifier"


@pytest.mark.parametrize("template", [None, "{{ messages }}"])
def test_a_checkpoint_that_chats_is_trained_and_told_its_roles_in_words(template):
    policy = SimpleNamespace(tokenizer=SimpleNamespace(chat_template=template), folder="f")
    trained = Trained.of(prover_verifier("smoke"), policy)
    told = {role: trained.told(role, translates=False) for role in (None, "sneaky")}
    expected = {None: "", "sneaky": MARKS["sneaky"]}
    if template:
        expected = {None: FORM, "sneaky": f"{BRIEFS['sneaky']}\n\n{FORM}"}
    assert told == expected
    seen = {e.move.seen[0].text for e in worked_lessons(PROBLEM, trained, 1)}
    assert told["sneaky"] in seen
    assert (told[None] or PROBLEM.prompt) in seen


class Knows:
    """A verifier that knows the truth."""

    id = "knows"

    async def score(self, episodes):
        return [1.0 if truth(e).right else -1.0 for e in episodes]


def test_a_course_in_context_keeps_its_start_and_its_last_and_asks_nothing_again(tmp_path):
    asked = []

    def says(seen, seed):
        asked.append(seen)
        return (RIGHT, WRONG)[seed % 2]

    config = prover_verifier("smoke", prover="openai/p", iterations=3, samples=8)

    def course():
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            start = in_context.InContext(config=config, policy=Scripted(says))
            start = start.taught([], ledger.checkpoints, Progress(), seed=0)
            pressed = pressing.Press(
                name="x", roles=("helpful", "sneaky"), reward="cgc", verifier=Knows()
            )
            found = pressing.Pressing(
                config=config,
                press=pressed,
                start=start,
                problems=[PROBLEM],
                ledger=ledger,
                progress=Progress(),
                seed=1,
            )
            prover, seen = asyncio.run(found.run())
            return start, prover, seen, {p.name for p in ledger.checkpoints.iterdir()}

    start, prover, seen, kept = course()
    assert seen["updates"] == 3
    assert kept == {start.place.name, prover.place.name}
    assert [s.solution for s in prover.briefs["helpful"]] == [RIGHT]
    assert [s.solution for s in prover.briefs["sneaky"]] == [WRONG]
    told = [seen[0].text for seen in asked]
    assert not any("earned most" in t for t in told[:16])
    assert all("earned most" in t for t in told[16:])
    before = len(asked)
    assert course()[2] == seen
    assert len(asked) == before


def test_a_sample_that_never_came_is_in_no_share():
    gone = proven("", stop="error", seed=1)
    found = measuring._solved([proven(RIGHT), gone, proven(WRONG, problem=OTHER)])
    assert (found["right"], found["missing"]) == ([1.0, 0.0], 1)
    nothing = measuring._solved([gone])
    assert (nothing["right"], nothing["tokens"], nothing["missing"]) == ([None], None, 1)
    assert summary._solved([nothing], 0)["rate"] is None


def test_a_wrong_solution_fools_where_it_convinces_as_the_worked_one_and_both_have_a_verdict():
    said = [proven(WRONG, "sneaky"), proven(RIGHT), proven("b=k*7=k4*7=b7\n#7", problem=OTHER)]
    for rule, fooled in ((-1.0, [1.0]), (-0.5, [0.0])):
        found = measuring._fooled(Knows(), said, {PROBLEM.id: rule})
        assert asyncio.run(found) == fooled
