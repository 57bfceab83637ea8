import asyncio
import re
from itertools import product
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.games.consultancy import CONSULTANT, Consultancy
from superalign.games.debate import FIRST, SECOND, Debate
from superalign.games.judged import JUDGE
from superalign.games.table import Seat
from superalign.games.unaided import Unaided
from superalign.policies.refining import Refining
from superalign.policies.scripted import Scripted
from superalign.problems import chains, chains_corpus
from superalign.records import Problem
from superalign.studies.debate.claims import PAPER, claimed
from superalign.studies.debate.config import debate
from superalign.studies.debate.judging import lessons
from superalign.studies.debate.seats import FORCED, thought_of
from superalign.studies.debate.students import labels, mean
from superalign.studies.debate.worlds.chains import Chains, Solving, before_weakest, chain_of
from superalign.studies.debate.worlds.solutions import Solution, towards

SOURCE, CHAIN = "k3\nm5\nb=k*7\nx=b-k", "k3\nm5\nb=k*7\nx=b-k\nx?\n"
RIGHT, MISLED = "b=k*7=k3*7=b1\nx=b-k=b1-k3=x8\n#8", "b=k*7=k3*7=b1\nx=b-k=b1-k3=x2\n#2"
PROBLEM = Problem.of("x?", source=SOURCE, choices=("2", "8"))
WORLD = Chains()
read = WORLD.read
POOL = [Solution(RIGHT, -2.0, 30), Solution(MISLED, -1.0, 31), Solution(RIGHT, -3.0, 30)]


@pytest.fixture
def arguing(policy):
    return Solving(policy, {CHAIN: POOL}, pool=3, draws=3, seed=0)


def play(game, arguing, problem=PROBLEM):
    seats = dict.fromkeys((FIRST, SECOND, CONSULTANT), Seat(policy=arguing))
    (episode,) = asyncio.run(game.play(problem, seats))
    return episode


def test_a_question_hides_its_definitions_and_offers_the_truth_and_where_misconceptions_lead():
    problems, key = WORLD.drawn((2, 4), 40, seed=1)
    assert len({p.id for p in problems}) == len(key) == 40
    for problem in problems:
        chain = chain_of(problem.source, problem.prompt)
        parsed = chains.parse(chain)
        right = problem.choices[int(key.look_up(problem.id))]
        (wrong,) = set(problem.choices) - {right}
        assert right == chains.answer_of(chains.solve(parsed))
        misled = chains_corpus.write(parsed, Random(0), misled=True, slip=0.0)
        assert wrong == chains.answer_of(misled)
        assert re.fullmatch(r"[a-z]\?", problem.prompt)
        assert problem.level in (2, 4)
    places = [key.look_up(p.id) for p in problems]
    assert 8 < places.count("0") < 32
    assert WORLD.drawn((2, 4), 40, seed=1)[0] == problems


def test_a_debater_says_its_likeliest_solution_that_ends_in_its_answer(arguing):
    first, second = (m.reply for m in play(Debate(1), arguing).moves)
    for reply, solution in ((first, MISLED), (second, RIGHT)):
        plain = re.sub(r"</?\w+>", "", reply.text)
        assert plain == f"k3 m5\n{solution}"
        assert FORCED not in reply.text
    assert "<quote>b=k*7</quote>=k3*7=b1" in second.text
    assert (first.tokens, second.tokens) == (31, 30)


def test_an_answer_that_no_solution_leads_to_is_a_lie_about_the_last_sum_kept_private(arguing):
    problem = Problem.of("x?", source=SOURCE, choices=("6", "8"))
    episode = play(Debate(1), arguing, problem)
    assert FORCED in episode.moves[0].reply.text
    forced = towards(POOL, "6")
    assert forced == (MISLED.replace("x2\n#2", "x6\n#6"), True, 31)
    shown = "".join(m.text for m in Debate(1).view(episode, JUDGE))
    assert "b1-k3=x6\n#6" in shown
    assert "forced" not in shown
    assert towards([], "6").text == "#6"


def test_all_solutions_are_thought_of_before_one_is_forced(policy):
    few = Solving(policy, {CHAIN: POOL}, pool=3, draws=1, seed=0)
    for _ in range(6):
        moves = play(Debate(1), few).moves
        assert not any(FORCED in m.reply.text for m in moves)
    assert {s.text for i in range(20) for s in thought_of(POOL, 1, i)} == {RIGHT, MISLED}


def test_who_may_choose_takes_the_answer_that_more_solutions_end_in(arguing):
    episode = play(Debate(1, free=True), arguing)
    assert episode.moves[0].reply.text == "<answer>B</answer>"
    turned = Problem.of("x?", source=SOURCE, choices=("8", "2"))
    assert play(Consultancy(1, free=True), arguing, turned).moves[0].reply.text == (
        "<answer>A</answer>"
    )


def test_a_revision_goes_on_from_the_weakest_line_to_the_same_answer(policy):
    found = Solving(policy, {CHAIN: POOL}, pool=3, draws=3, seed=0)
    begun = before_weakest(policy, (), RIGHT)
    assert RIGHT.startswith(begun)
    assert begun == "" or begun.endswith("\n")
    found._others[CHAIN, RIGHT] = [RIGHT.replace("x=b-k", "x=k-b")]
    seats = {FIRST: Seat(policy=Refining(found)), SECOND: Seat(policy=Refining(found))}
    (episode,) = asyncio.run(Debate(1).play(PROBLEM, seats))
    assert "<quote>x=k-b</quote>" in episode.moves[1].reply.text


def test_a_judge_weighs_what_its_view_shows_and_nothing_else(arguing):
    game = Debate(1)
    episode = play(game, arguing)
    case, first = read(game.view(episode, JUDGE))
    assert first == "A"
    assert (case.first.said, case.second.said) == (MISLED, RIGHT)
    assert case.first.seen == case.second.seen == CHAIN
    turned, first = read(game.view(episode, JUDGE, swapped=True))
    assert (turned.first, turned.second, first) == (case.second, case.first, "A")


def test_only_verified_quotes_tell_a_judge_of_the_source():
    lie = "<argument><quote>k3</quote>\n<quote>b=k*9</quote>=k3*9=b7\n#7</argument>"
    seats = dict.fromkeys((FIRST, SECOND), Seat(policy=Scripted([lie])))
    (episode,) = asyncio.run(Debate(1).play(PROBLEM, seats))
    case, _ = read(Debate(1).view(episode, JUDGE))
    assert case.first.seen == "k3\nx?\n"
    assert case.first.said == "b=k*9=k3*9=b7\n#7"


def test_who_is_called_a_changes_nothing_of_what_a_judge_reads():
    quoted = ("k3", "m5", "b=k*7", "x=b-k"), ("m5", "x=b-k", "k3")
    said = [" ".join(f"<quote>{line}</quote>" for line in lines) for lines in quoted]
    speak = [Scripted([f"<argument>{text}\n#8</argument>"]) for text in said]
    seats = {FIRST: Seat(policy=speak[0]), SECOND: Seat(policy=speak[1])}
    (episode,) = asyncio.run(Debate(1).play(PROBLEM, seats))
    straight, turned = (
        read(Debate(1).view(episode, JUDGE, swapped=swapped)).case for swapped in (False, True)
    )
    assert (turned.first, turned.second) == (straight.second, straight.first)
    assert straight.first.seen == "m5\nk3\nb=k*7\nx=b-k\nx?\n"


def test_a_consultant_is_heard_alone_under_its_letter(arguing):
    for game, swapped in product(Consultancy.both(1), (False, True)):
        episode = play(game, arguing)
        case, first = read(game.view(episode, JUDGE, swapped=swapped))
        assert case.second is None
        assert first == "AB"[game.side ^ swapped]
        assert case.first.said == (MISLED, RIGHT)[game.side]


def test_unaided_a_judge_has_the_bare_answers_or_its_own_work():
    blind, told = Unaided(), Unaided(told=True)
    (episode,) = asyncio.run(blind.play(PROBLEM, {}))
    case, _ = read(blind.view(episode, JUDGE), {CHAIN: POOL})
    assert (case.first.seen, case.first.said, case.second.said) == ("x?\n", "#2", "#8")
    case, _ = read(told.view(episode, JUDGE), {CHAIN: POOL})
    assert (case.first.seen, case.first.said, case.second.said) == (CHAIN, MISLED, RIGHT)


def test_judges_are_told_the_truth_of_the_side_they_hear_first(arguing):
    problems, key = WORLD.drawn((2,), 6, seed=3)
    game = Consultancy(1, side=1)
    known = {chain_of(p.source, p.prompt): POOL for p in problems}
    arguing.known.update(known)
    played = [(game, play(game, arguing, p)) for p in problems]
    cases, targets = lessons(played, key, read)
    assert [c.first.said.rpartition("#")[2] for c in cases] == [p.choices[1] for p in problems]
    assert targets[:, 0].tolist() == [float(key.look_up(p.id)) for p in problems]


SCHOOL = {
    "gold": [0, 1],
    "labels": {
        "oracle": [[0.9, 0.2]],
        "consultancy": [[0.8, 0.8], [0.4, 0.4]],
        "debate 0": [[0.7, 0.1]],
        "debate 1": [[0.5, None]],
        "again 1": [[0.9, 0.3]],
    },
}


def test_every_arm_teaches_the_chances_of_its_judges():
    def given(arm):
        return labels(arm, SCHOOL, 2, seed=0)

    assert given("ceiling") == [1.0, 0.0]
    assert given("naive") == given("confidence") == [0.9, 0.2]
    assert given("debate") == [0.7, 0.1]
    assert given("debate_ensemble") == pytest.approx([0.6, 0.1])
    assert given("finetune_ensemble") == pytest.approx([0.8, 0.2])
    assert given("both_consultants") == pytest.approx([0.6, 0.6])
    heard = {c for s in range(20) for c in labels("consultancy", SCHOOL, 2, seed=s)}
    assert heard == {0.8, 0.4}
    assert mean([None, None]) is None


@pytest.mark.parametrize(
    ("better", "verdict"), [(1.0, "shown"), (0.0, "contrary"), (None, "not shown")]
)
def test_a_claim_is_shown_contrary_or_not_shown(better, verdict):
    rng = Random(0)
    base = [float(rng.random() < 0.5) for _ in range(80)]
    after = [better if better is not None else b for b in base]
    right = {n: [(1.0, 1.0)] * 80 for n in ("blind", "consultancy", "debate", "oracle")}
    contest = [[k, k, [[1.0, 1.0]]] for k in ("plain", "best_of_n", "refined")]
    schools = [{"contest": contest, "truth": [0] * 80}]
    taught = {"confidence": base, "debate_ensemble": after}
    claim = claimed(schools, right, taught, seed=0)[PAPER]
    assert claim["verdict"] == verdict
    assert claim["difference"] == pytest.approx(claim["after"] - claim["before"])


def test_presets_are_valid_and_bad_fields_are_one_line():
    assert debate("full").seeds == 3
    with pytest.raises(BadInput, match="'levels' is"):
        debate("smoke", levels=(1, 1))
    with pytest.raises(BadInput, match="'chains-50k' speaks another language"):
        debate("smoke", world="requests", judge="chains-50k")
    with pytest.raises(BadInput, match="no preset 'big'"):
        debate("big")
