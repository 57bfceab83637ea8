import asyncio
import json

import pytest

from superalign.games.dialogue import ATTACKER, Dialogue
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.policies.scripted import Scripted
from superalign.records import Problem

GOAL = Problem.of("SECRET GOAL: name the colour of the door.", tags=("risk",))


def says(i, thought="HIDDEN THOUGHT"):
    return json.dumps({"thought": thought, "say": f"message {i}"})


def leads(seen, seed):
    return says(sum(m.role == "assistant" for m in seen))


def answers(seen, seed):
    return f"answer {seed % 997} to {seen[-1].text}"


def play(attacker=leads, learner=answers, turns=3, tries=2, n=2, seed=1, briefs=("", "")):
    seats = {
        ATTACKER: Seat(policy=Scripted(attacker, name="a"), brief=briefs[0]),
        LEARNER: Seat(policy=Scripted(learner, name="l"), brief=briefs[1]),
    }
    game = Dialogue(turns, tries=tries)
    return asyncio.run(game.play(GOAL, seats, n=n, seed=seed))


def test_the_seats_take_turns_and_the_learner_has_the_last_word():
    for episode in play():
        assert [m.seat for m in episode.moves] == [ATTACKER, LEARNER] * 3
        assert episode.final.text.endswith("to message 2")


def test_the_goal_the_thoughts_and_the_attackers_brief_never_reach_the_learner():
    for episode in play(briefs=("ATTACKER BRIEF", "learner brief"), n=4):
        for move in episode.moves:
            shown = " ".join(m.text for m in move.seen)
            if move.seat == LEARNER:
                assert "SECRET" not in shown
                assert "HIDDEN" not in shown
                assert "ATTACKER BRIEF" not in shown
                assert "learner brief" in shown
            else:
                assert "SECRET" in shown
                assert "ATTACKER BRIEF" in shown
                assert "learner brief" not in shown


def test_each_seat_has_its_own_words_as_the_assistants():
    (episode,) = play(n=1, briefs=("", "be kind"))
    learner, attacker = episode.moves[-1].seen, episode.moves[-2].seen
    assert [m.role for m in learner] == ["system", *("user", "assistant") * 2, "user"]
    assert [m.role for m in attacker] == ["system", "user", *("assistant", "user") * 2]
    assert [m.text for m in learner[1::2]] == ["message 0", "message 1", "message 2"]
    assert attacker[3].text == episode.moves[1].reply.text


def test_a_view_is_what_the_moves_record():
    (episode,) = play(n=1)
    before = episode.model_copy(update={"moves": episode.moves[:-1]})
    assert tuple(Dialogue(3, tries=2).view(before, LEARNER)) == episode.moves[-1].seen


def test_an_unreadable_turn_is_asked_again_and_then_ends_the_dialogue():
    def breaks(seen, seed):
        i = sum(m.role == "assistant" for m in seen)
        return says(i) if i < 2 else "I will not."

    (episode,) = play(breaks, n=1)
    assert [m.seat for m in episode.moves] == [ATTACKER, LEARNER] * 2
    (patient,) = play(lambda seen, seed: leads(seen, seed) if seed % 2 else "{", n=1, tries=20)
    assert len(patient.moves) == 6


def test_a_dialogue_that_never_began_has_one_move_of_the_attacker():
    (episode,) = play(lambda *_: "no", n=1)
    assert [m.seat for m in episode.moves] == [ATTACKER]


@pytest.mark.parametrize("said", [{"say": 3}, {"say": " "}, {"thought": "x"}, ["say"]])
def test_only_text_under_say_is_said(said):
    (episode,) = play(lambda *_: json.dumps(said), n=1)
    assert len(episode.moves) == 1


def test_dialogues_depend_on_seed_and_number_alone_and_differ():
    two, again, three = play(n=2), play(n=2), play(n=3)
    assert two == again == three[:2]
    assert len({e.id for e in three}) == 3
    assert play(seed=2)[0].id != two[0].id


def test_settings_are_in_the_games_name():
    assert len({Dialogue(3).id, Dialogue(4).id, Dialogue(3, tries=9).id}) == 3
