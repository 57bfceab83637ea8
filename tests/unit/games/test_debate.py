import asyncio
import re
from itertools import product

import pytest

from superalign.games.consultancy import CONSULTANT, Consultancy
from superalign.games.critique import ANSWERER, CRITIC, Critique
from superalign.games.debate import FIRST, SECOND, Debate
from superalign.games.judged import EXAMINER, JUDGE
from superalign.games.picked import Picked
from superalign.games.table import Seat
from superalign.games.unaided import Unaided
from superalign.policies.scripted import Scripted
from superalign.records import Episode, Problem, Reply

PROBLEM = Problem.of(
    "Which door?", source="SECRET-LINE: the red door. The key is blue.", choices=("red", "green")
)
ARGUERS = (FIRST, SECOND, CONSULTANT, ANSWERER, CRITIC)
BOTH = (False, True)
GAMES = [
    *(Debate(2, sequential=s, interactive=i, free=f) for s, i, f in product(BOTH, BOTH, BOTH)),
    *(Consultancy(2, side=s, interactive=i) for s, i in product((0, 1), BOTH)),
    Consultancy(2, free=True, interactive=True),
    Critique(),
    Critique(free=False),
    Unaided(),
]


def argues(name):
    """Return a rule: thinks in private, quotes rightly and wrongly, says who and how often."""

    def rule(seen, seed):
        if "Choose the answer" in seen[-1].text:
            return f"<thinking>PRIVATE-{name}</thinking><answer>B</answer>"
        told = re.search(r"Round (\d)", seen[-1].text)
        at = told[1] if told else "1"
        return (
            f"PRIVATE-{name} <thinking>PRIVATE-{name} <argument>no</argument></thinking>"
            f"<argument>{name}-says-{at} <quote>key is blue</quote> <quote>key is red</quote>"
            f"</argument> PRIVATE-{name}"
        )

    return rule


def asks(seen, seed):
    return "<thinking>PRIVATE-examiner</thinking><question>why-exactly?</question>"


def seated(**rules):
    found = {name: Seat(policy=Scripted(argues(name), name=name)) for name in ARGUERS}
    found[EXAMINER] = Seat(policy=Scripted(asks, name="examiner"))
    return {**found, **{n: Seat(policy=Scripted(r, name=n)) for n, r in rules.items()}}


def play(game, n=1, seed=1, **rules):
    return asyncio.run(game.play(PROBLEM, seated(**rules), n=n, seed=seed))


def text(messages):
    return "\n".join(m.text for m in messages)


def named(game):
    return f"{game.name}-{GAMES.index(game)}"


@pytest.mark.parametrize("game", GAMES, ids=named)
def test_nobody_who_judges_ever_sees_the_source_and_all_who_argue_do(game):
    (episode,) = play(game)
    for move in episode.moves:
        assert ("SECRET-LINE" in text(move.seen)) == (move.seat != EXAMINER)
    for i, seat, swapped in product(
        range(len(episode.moves) + 1), (JUDGE, EXAMINER), (False, True)
    ):
        begun = episode.model_copy(update={"moves": episode.moves[:i]})
        assert "SECRET-LINE" not in text(game.view(begun, seat, swapped=swapped))


@pytest.mark.parametrize("game", GAMES, ids=named)
def test_thoughts_never_reach_another_seat(game):
    (episode,) = play(game)
    seats = {m.seat for m in episode.moves} | {JUDGE, EXAMINER}
    for i, seat in product(range(len(episode.moves) + 1), seats):
        begun = episode.model_copy(update={"moves": episode.moves[:i]})
        assert "PRIVATE" not in text(game.view(begun, seat))
    assert not any("PRIVATE" in text(m.seen) for m in episode.moves)


def test_only_an_oracle_judge_reads_the_source():
    told = Unaided(told=True)
    (episode,) = asyncio.run(told.play(PROBLEM, {}))
    assert not episode.moves
    assert "SECRET-LINE" in text(told.view(episode, JUDGE))
    assert told.id != Unaided().id


def test_in_a_simultaneous_round_neither_hears_the_other_and_afterwards_both_do():
    (episode,) = play(Debate(3))
    assert [m.seat for m in episode.moves] == [FIRST, SECOND] * 3
    for i, move in enumerate(episode.moves):
        for at, other in product(range(3), (FIRST, SECOND)):
            heard = at < i // 2
            assert (f"{other}-says-{at + 1}" in text(move.seen)) == heard


def test_it_is_the_view_that_hides_the_others_argument_of_the_round():
    game = Debate(3)
    (episode,) = play(game)
    for done in (1, 3, 5):
        begun = episode.model_copy(update={"moves": episode.moves[:done]})
        shown = text(game.view(begun, SECOND))
        assert f"{FIRST}-says-{done // 2 + 1}" not in shown
        assert (f"{FIRST}-says-{done // 2}" in shown) == (done > 1)


def test_one_after_the_other_the_second_hears_the_first():
    (episode,) = play(Debate(2, sequential=True))
    assert [f"{FIRST}-says-1" in text(m.seen) for m in episode.moves] == [False, True, True, True]
    assert [f"{SECOND}-says-1" in text(m.seen) for m in episode.moves] == [False, False, True, True]
    assert "first-says-2" in text(episode.moves[3].seen)


def test_an_examiner_asks_between_rounds_and_not_before_the_first():
    (episode,) = play(Debate(3, interactive=True))
    seats = [m.seat for m in episode.moves]
    assert seats == [FIRST, SECOND, EXAMINER, FIRST, SECOND, EXAMINER, FIRST, SECOND]
    assert ["why-exactly?" in text(m.seen) for m in episode.moves] == [False] * 3 + [True] * 5
    shown = text(Debate(3, interactive=True).view(episode, JUDGE))
    order = [shown.index(x) for x in ("second-says-1", "examiner, round 2", "first-says-2")]
    assert order == sorted(order)


def test_quotes_are_marked_for_every_reader():
    (episode,) = play(Debate(2))
    for shown in (text(Debate(2).view(episode, JUDGE)), text(episode.moves[-1].seen)):
        assert "<v_quote>key is blue</v_quote>" in shown
        assert "<u_quote>key is red</u_quote>" in shown


def test_swapping_calls_the_same_answer_and_its_arguments_by_the_other_letter():
    game = Debate(1)
    (episode,) = play(game)
    for swapped, letters in ((False, "AB"), (True, "BA")):
        shown = text(game.view(episode, JUDGE, swapped=swapped))
        for letter, choice, seat in zip(letters, PROBLEM.choices, (FIRST, SECOND), strict=True):
            assert re.search(rf"<answer {letter} \w+>\n{choice}\n", shown)
            assert re.search(rf"<argument {letter}, round 1 \w+>\n{seat}-says-1", shown)
        assert shown.index("<argument A,") < shown.index("<argument B,")


def test_those_who_argue_are_never_swapped():
    (episode,) = play(Debate(2))
    straight, swapped = (Debate(2).view(episode, FIRST, swapped=s) for s in (False, True))
    assert straight == swapped


def test_what_a_debater_saw_tells_it_no_marker_of_the_judges():
    game = Debate(2)
    (episode,) = play(game)
    codes = set(re.findall(r"[0-9a-f]{16}", text(game.view(episode, JUDGE))))
    seen = set(re.findall(r"[0-9a-f]{16}", text(m for move in episode.moves for m in move.seen)))
    assert codes
    assert not codes & seen


def test_consultancy_hears_one_side_and_both_sides_are_games_of_their_own():
    first, second = Consultancy.both(1)
    assert first.id != second.id
    for game, letter in ((first, "A"), (second, "B")):
        (episode,) = play(game)
        assert [m.seat for m in episode.moves] == [CONSULTANT]
        assert f"You argue that answer {letter} is right" in text(episode.moves[0].seen)
        shown = text(game.view(episode, JUDGE))
        assert re.findall(r"<argument ([AB]),", shown) == [letter]


@pytest.mark.parametrize("game", [Debate(1, free=True), Consultancy(1, free=True), Critique()])
def test_in_free_play_the_first_to_speak_chooses_its_side(game):
    (episode,) = play(game)
    assert game.played(episode)
    assert game.chosen(episode) == 1
    stands = dict.fromkeys(game.speakers) | {game.speakers[0]: 1}
    if isinstance(game, Debate):
        stands[SECOND] = 0
    assert {s: game.stands_for(episode, s) for s in game.speakers} == stands
    assert "You argue that answer B is right" in text(episode.moves[1].seen)


def test_free_play_without_a_choice_is_over_and_not_played():
    game = Debate(2, free=True, tries=2)
    (episode,) = play(game, first=lambda *_: "I would rather not")
    assert [m.seat for m in episode.moves] == [FIRST]
    assert not game.played(episode)


def test_a_critic_has_no_side_and_hears_the_answer():
    game = Critique()
    (episode,) = play(game)
    assert [m.seat for m in episode.moves] == [ANSWERER, ANSWERER, CRITIC]
    shown = text(episode.moves[2].seen)
    assert "answerer-says-1" in shown
    assert "You have no side" in shown
    assert "<critic, round 1" in text(game.view(episode, JUDGE))


def test_an_unreadable_or_overlong_argument_is_asked_for_again_and_then_nothing_is_said():
    game = Debate(1, words=4, tries=3)
    tries = iter(["no tags", f"<argument>{'word ' * 7}</argument>", "<argument>fits</argument>"])
    (episode,) = play(game, first=lambda *_: next(tries), second=lambda *_: "gibberish")
    assert episode.moves[0].reply.text == "<argument>fits</argument>"
    shown = text(game.view(episode, JUDGE))
    assert "fits" in shown
    assert "(nothing)" in shown
    assert "gibberish" not in shown


def test_a_cut_off_argument_is_not_heard():
    (episode,) = play(Debate(1), first=lambda *_: Reply(text="<argument>half", stop="length"))
    assert "half" not in text(Debate(1).view(episode, JUDGE))


@pytest.mark.parametrize(("side", "said"), [(FIRST, "draft-2"), (SECOND, "draft-0")])
def test_the_best_of_n_is_what_a_model_of_the_judge_finds_for_ones_own_side(side, said):
    numbers = iter(range(3))

    def candidate(seen, seed):
        return f"<argument>draft-{next(numbers)}</argument>"

    async def prefers(game, episode):
        shown = text(game.view(episode, JUDGE))
        assert "SECRET-LINE" not in shown
        return 0.2 + 0.3 * int(re.search(r"draft-(\d)", shown)[1])

    seats = seated()
    seats[side] = Picked(policy=Scripted(candidate, name="c"), n=3, prefers=prefers)
    (episode,) = asyncio.run(Debate(1).play(PROBLEM, seats))
    assert next(m for m in episode.moves if m.seat == side).reply.text == (
        f"<argument>{said}</argument>"
    )


def test_plays_depend_on_seed_and_number_alone_and_settings_are_in_the_name():
    assert play(Debate(1), n=2) == play(Debate(1), n=3)[:2]
    games = [g for g in GAMES if isinstance(g, Debate)]
    assert len({g.id for g in games}) == len(games)


def test_a_problem_without_two_choices_is_refused():
    with pytest.raises(ValueError, match="two choices"):
        asyncio.run(Debate(1).play(Problem.of("?"), seated()))


def test_a_view_is_what_the_moves_record():
    game = Debate(2, sequential=True, interactive=True)
    (episode,) = play(game)
    for i, move in enumerate(episode.moves):
        begun = Episode.of(PROBLEM, game.name, episode.seed, episode.moves[:i])
        assert tuple(game.view(begun, move.seat)) == move.seen
