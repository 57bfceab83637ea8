"""Go-Explore and its baselines on a world of a few rooms: accounts, archive, questions, replays."""

from __future__ import annotations

import json
from random import Random

import pytest

from goexplore_worlds import Corridor, chooses, eager, options, role
from superalign.problems.goexplore.explore import Roles
from superalign.problems.goexplore.places import Place, Places, draw
from superalign.problems.goexplore.play import Limits, Over, Play
from superalign.problems.goexplore.player import Player, answered, by_rule
from superalign.problems.goexplore.protocol import read
from superalign.problems.goexplore.world import View
from superalign.records import Reply


def played(rule, player=None, world=None, seed=0):
    """Play with replies by rule; return the play, the questions and the replies."""
    player, world = player or Player(), world or Corridor()
    play, asks = player.begin(world, seed)
    question, asked, replies = next(asks, None), [], []
    while question is not None:
        asked.append(question)
        replies.append(Reply(text=rule(question.seen, 0)))
        question = answered(asks, replies[-1])
    return play, asked, replies


def test_a_model_that_knows_reaches_the_goal_and_everything_is_counted():
    play, asked, _ = played(chooses(eager))
    result = play.result
    assert (result.end, result.steps, result.score, result.unreadable) == ("won", 5, 1.0, 0)
    assert result.calls == len(asked)
    roles = [q.role for q in asked]
    assert roles[:4] == ["state", "action", "keep", "action"]
    assert roles.count("action") == 5
    assert roles.count("keep") == 4
    assert roles.count("state") == 2
    assert result.returned == 3
    assert result.sizes == (4, 5)


def test_returning_follows_the_shortest_path_that_was_found():
    world = Corridor()

    def wander(kind, found, text):
        if kind == "state":
            return len(found) - 1
        return "accept" if kind == "keep" else "left" if "left" in found else found[0]

    play, _, _ = played(chooses(wander), world=world)
    trials = " ".join(world.log).split("reset")
    assert play.result.end in ("won", "steps")
    assert all(t.split()[:1] != ["left"] for t in trials[2:] if len(t.split()) > 1)


def test_what_is_rejected_is_not_returned_to_and_never_offered_again():
    def refuse(kind, found, text):
        return "reject" if kind == "keep" else eager(kind, found, text)

    play, asked, _ = played(chooses(refuse))
    offered = [q.text.splitlines()[0] for q in asked if q.role == "keep"]
    assert len(offered) == len(set(offered))
    assert {len(options(q.text)) for q in asked if q.role == "state"} == {1}
    assert set(play.result.sizes) == {1}


def test_actions_that_were_tried_are_not_offered_until_nothing_else_is_left():
    _, asked, _ = played(chooses(lambda kind, found, text: 0))
    first = [q for q in asked if q.role == "action" and q.text.startswith("room 0")]
    assert [options(q.text) for q in first[:2]] == [["left", "right"], ["right"]]
    assert any(options(q.text) == ["left", "right"] for q in first[2:])


def test_removing_states_is_part_of_choosing_one():
    def say(seen, seed):
        found = options(seen[-1].text)
        if role(seen) == "state":
            return json.dumps({"choice": len(found) - 1, "remove": [0, "x", 99, len(found) - 1]})
        return json.dumps({"choice": "right" if "right" in found else found[0]})

    play, asked, _ = played(say, Player(roles=Roles(keep="remove")), Corridor(9))
    assert not [q for q in asked if q.role == "keep"]
    assert '"remove"' in asked[0].text
    assert "which states to remove" in asked[0].system
    assert play.result.sizes == (4, 6, 7)
    assert [len(options(q.text)) for q in asked if q.role == "state"] == [1, 4, 6]
    assert "room 0" not in asked[8].text


def test_unreadable_replies_are_counted_draw_a_choice_and_keep_nothing():
    play, asked, _ = played(lambda seen, seed: "I would go right.")
    result = play.result
    assert result.unreadable == result.calls == len(asked)
    assert set(result.sizes) == {1}
    assert result.steps > 0


def test_each_role_may_be_played_by_rule():
    for name, rule in (("state", "random"), ("action", "random"), ("keep", "all")):
        _, asked, _ = played(chooses(eager), Player(roles=Roles(**{name: rule})))
        assert name not in {q.role for q in asked}
        assert asked
    coin, _, _ = played(chooses(eager), Player(roles=Roles(keep="random")), Corridor(9), seed=1)
    assert 1 < coin.result.sizes[-1] < 9


@pytest.mark.parametrize("limits", [Limits(steps=7), Limits(calls=7), Limits(steps=7, calls=3)])
def test_no_budget_is_passed(limits):
    for agent in ("explore", "naive", "react", "reflexion"):
        player = Player(agent=agent, limits=limits)
        play, asked, _ = played(chooses(lambda kind, found, text: 0), player)
        result = play.result
        assert result.steps <= (limits.steps or 40)
        assert limits.calls is None or len(asked) == result.calls <= limits.calls
        assert result.end == ("calls" if limits.calls and result.calls == limits.calls else "steps")


def test_the_goal_on_the_last_step_counts():
    assert played(chooses(eager), Player(limits=Limits(steps=5)))[0].result.end == "won"
    assert played(chooses(eager), Player(limits=Limits(steps=4)))[0].result.end == "steps"


def test_the_chat_that_is_shown_is_cut_and_all_roles_share_it():
    _, asked, replies = played(chooses(eager), Player(history=2))
    assert [len(q.seen) for q in asked[:4]] == [2, 4, 6, 6]
    assert asked[3].seen[-2].text == replies[2].text
    assert asked[3].seen[1].text == asked[1].text
    assert len(played(chooses(eager), Player(history=0))[1][3].seen) == 2


def test_trials_start_again_after_the_horizon_and_say_what_was_done():
    world = Corridor(20)
    _, asked, _ = played(chooses(eager), Player(agent="naive"), world)
    assert world.log[:8] == ["reset", *["right"] * 6, "reset"]
    assert "Actions of this trial so far: right, right" in asked[2].text
    assert '"thought"' not in asked[0].text
    assert '"thought"' in played(chooses(eager), Player(agent="react"))[1][0].text


def test_reflections_are_shown_in_the_trials_after():
    def say(seen, seed):
        return (
            "GO RIGHT" if role(seen) == "reflect" else chooses(lambda k, f, t: "left")(seen, seed)
        )

    _, asked, _ = played(say, Player(agent="reflexion"))
    assert [q.role for q in asked[:3]] == ["action", "reflect", "action"]
    assert "left" in asked[1].text
    assert "GO RIGHT" not in asked[0].system
    assert asked[2].system.endswith("GO RIGHT")
    assert len(asked[2].seen) == 2


def test_what_asks_nobody_beats_chance_and_repeats_by_its_seed():
    def won(rule, seed):
        return by_rule(rule, Play(Corridor(7), Limits(steps=60)), Random(seed)).result

    classic, chance = ([won(rule, s) for s in range(40)] for rule in ("classic", "random"))
    assert sum(r.won for r in classic) > sum(r.won for r in chance) + 10
    assert won("classic", 3) == classic[3]
    assert {r.calls for r in classic} == {0}
    assert won("oracle", 0).steps == 7


def test_a_search_leaves_what_it_met_and_ends_when_all_is_tried():
    class Loop(Corridor):
        def view(self):
            at = self.at % 3
            return View(f"r{at}", "", ("left", "right"))

    for rule in ("dfs", "bfs"):
        result = by_rule(rule, Play(Loop(), Limits()), Random(0)).result
        assert (result.end, result.steps) == ("exhausted", 6)


def test_replies_make_the_same_play_again():
    player = Player(roles=Roles(state="random"))
    play, asked, replies = played(chooses(eager), player, seed=5)
    again, pending = player.replay(Corridor(), 5, replies)
    assert (again.result, pending) == (play.result, None)
    _, pending = player.replay(Corridor(), 5, replies[:3])
    assert pending.seen == asked[3].seen


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ('{"choice": 1}', 1),
        ('I think {"thought": "x", "choice": "1"} so', 1),
        ('{"choice": "go right"}', 1),
        ('{"choice": 2}', None),
        ('{"choice": -1}', None),
        ('{"choice": true}', None),
        ('{"choice": "\\u0662"}', None),
        ('{"choice": 1.0}', None),
        ("go right", None),
        ("[1]", None),
    ],
)
def test_what_a_reply_chooses(text, choice):
    answer = read(Reply(text=text), ("go left", "go right"))
    assert (answer and answer.choice) == choice


def test_a_reply_that_was_cut_off_chooses_nothing():
    assert read(Reply(text='{"choice": 1}', stop="length"), ("a", "b")) is None


def test_places_know_what_is_left_to_try():
    places = Places(lambda place: ("a", "b", "a"))
    one, other = Place("one"), Place("other", ("a",))
    places.put(1, one)
    places.put(2, other)
    one.taken |= {"a", "b"}
    assert (places.untried(other), places.open(), len(places)) == (["a", "b"], [other], 2)
    places.forget_tried()
    assert [*places] == places.open() == [one, other]
    places.drop(1)
    places.drop(1)
    assert (places.get(1), places.get(2)) == (None, other)


def test_a_place_is_drawn_by_its_weight():
    seldom, often = Place("a"), Place("b", chosen=8)
    assert seldom.rarity == pytest.approx(3 * often.rarity)
    rng = Random(0)
    drawn = [draw([seldom, often], lambda p: p.rarity, rng).value for _ in range(4000)]
    assert drawn.count("a") / 4000 == pytest.approx(0.75, abs=0.03)


def test_a_state_is_one_line_of_the_list_and_says_what_is_left():
    class Tall(Corridor):
        def view(self):
            view = super().view()
            return View(view.key, f"{view.text}\nwith a window", view.actions, view.won, view.score)

    _, asked, _ = played(chooses(eager), world=Tall(9))
    (first, *_, last) = options([q.text for q in asked if q.role == "state"][1])
    assert first == "room 0; with a window [0 steps from the start, 1 actions untried]"
    assert last.endswith("[3 steps from the start, 2 actions untried, 33% of the points]")


def test_a_shorter_way_to_a_known_state_is_the_one_that_is_kept():
    class Jumping(Corridor):
        rollout = 2

        def step(self, action):
            self.at += 1 if action == "jump" else 0
            return super().step("right")

        def view(self):
            view = super().view()
            return View(view.key, view.text, ("right", "jump"), view.won, view.score)

    def stay(kind, found, text):
        return "accept" if kind == "keep" else 0

    _, asked, _ = played(chooses(stay), world=Jumping(9))
    listed = [options(q.text) for q in asked if q.role == "state"]
    assert any(o.startswith("room 2 [2 steps") for o in listed[1])
    assert any(o.startswith("room 2 [1 steps") for o in listed[2])


def test_the_best_state_of_a_play_is_its_score():
    play = Play(Corridor(), Limits())
    play.goto()
    for action in ("right", "right", "left"):
        play.step(action)
    assert play.score == pytest.approx(2 / 5)
    play.goto(["right"] * 4)
    assert (play.steps, play.returned) == (3, 4), "the way back is no exploration"


def test_no_reply_is_asked_for_without_a_step_to_use_it():
    play = Play(Corridor(), Limits(steps=1))
    play.goto()
    play.step("right")
    with pytest.raises(Over):
        play.call()
    assert (play.end, play.calls) == ("steps", 0)


def test_states_are_removed_only_where_that_was_asked_for():
    def say(seen, seed):
        found = options(seen[-1].text)
        if role(seen) == "state":
            return json.dumps({"choice": len(found) - 1, "remove": [0]})
        return chooses(eager)(seen, seed)

    play, _, _ = played(say)
    assert play.result.sizes == (4, 5)


def test_everything_may_be_tried_again_where_nothing_is_left_what_was_rejected_too():
    def refuse(kind, found, text):
        return "reject" if kind == "keep" else eager(kind, found, text)

    _, asked, _ = played(chooses(refuse))
    first_room = [q for q in asked if q.role == "action" and q.text.startswith("room 1")]
    assert len(first_room) > 2


def test_a_place_that_was_seldom_chosen_is_chosen_more_often():
    class Two(Corridor):
        """Two rooms of which all ways but the door end in a pit."""

        budget, rollout = 180, 1

        def step(self, action):
            self.at = 1 if action == "door" else -1
            return self.view()

        def view(self):
            if self.at < 0:
                return View("pit", "a pit", ())
            actions = tuple(f"{self.at}-{i}" for i in range(200))
            return View(f"r{self.at}", f"room {self.at}", actions + ("door",) * (self.at == 0))

    rooms = []

    def late(kind, found, text):
        rooms.append(text.split("\n")[0])
        return "door" if len(rooms) == 120 else 0

    played(chooses(late), Player(roles=Roles(state="counts", keep="all")), Two())
    after = rooms[120:]
    assert len(after) == 60
    assert after.count("room 1") > 36, "where each was as likely it were some 30"


def test_a_player_is_named_by_all_that_it_does_and_may_spend():
    players = [
        Player(),
        Player(agent="react"),
        *(Player(roles=Roles(**{name: "random"})) for name in ("state", "action", "keep")),
        Player(history=4),
        Player(limits=Limits(steps=5)),
        Player(limits=Limits(calls=5)),
    ]
    assert len({p.id for p in players}) == len(players)
