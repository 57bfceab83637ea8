"""The remote policy against small HTTP servers on loopback, through the real client."""

import asyncio
import threading
import time

import pytest

from endpoints import completion, endpoint
from superalign.errors import BadInput, Unreachable
from superalign.policies.provider import PROVIDERS, one_line, shown
from superalign.policies.remote import PATIENCE, Price, RemotePolicy, is_remote
from superalign.records import Media, Message

ASKED = [Message(role="system", text="be brief"), Message(role="user", text="hello")]


def policy_at(url, **changes):
    return RemotePolicy("openai/m", base_url=url, **{"retries": 1, "backoff": 0.01, **changes})


def sample(policy, **asked):
    return asyncio.run(policy.sample(ASKED, **asked))


def test_each_sample_has_a_seed_of_its_own_and_the_settings():
    with endpoint(lambda asked, i: completion(str(asked["seed"]))) as (url, requests):
        policy = policy_at(url, temperature=0.3, max_tokens=7, top_p=0.9)
        first = [r.text for r in sample(policy, n=3, seed=1)]
        assert first[:2] == [r.text for r in sample(policy, n=2, seed=1)]
    assert len(set(first)) == 3
    assert requests[0]["messages"] == [{"role": m.role, "content": m.text} for m in ASKED]
    sent = {k: requests[0][k] for k in ("temperature", "max_tokens", "top_p", "model")}
    assert sent == {"temperature": 0.3, "max_tokens": 7, "top_p": 0.9, "model": "m"}


def test_how_a_reply_stopped_is_kept():
    finishes = {"stop": "end", "length": "length", "content_filter": "refused"}
    for finish, stop in finishes.items():
        with endpoint(lambda *_, f=finish: completion("x", f)) as (url, _):
            (reply,) = sample(policy_at(url))
        assert (reply.stop, reply.tokens) == (stop, 4)


def test_a_reply_is_paid_for_once_also_by_a_later_process(tmp_path):
    cache = tmp_path / "deep" / "replies.sqlite"
    with endpoint(lambda asked, i: completion(f"answer {i}")) as (url, requests):
        first = sample(policy_at(url, cache=cache), n=2)
        later = policy_at(url, cache=cache, price=Price(prompt=1.0, completion=100.0))
        assert sample(later, n=2) == first
        assert len(requests) == 2
        assert (later.calls.asked, later.calls.cached) == (0, 2)
        assert later.spent == (2, 20, 8)
        assert later.dollars == pytest.approx((20 * 1 + 8 * 100) / 1e6)
        sample(policy_at(url, cache=cache, temperature=0.1), n=1)
        assert len(requests) == 3


def test_without_a_price_the_cost_is_unknown_rather_than_nothing():
    with endpoint(lambda *_: completion("x")) as (url, _):
        policy = policy_at(url)
        sample(policy)
        assert policy.spent.answers == 1
        assert policy.dollars is None


def test_a_busy_endpoint_is_asked_again():
    def busy_once(asked, i):
        return completion("x") if i else (429, "application/json", '{"error": {"message": "slow"}}')

    with endpoint(busy_once) as (url, requests):
        policy = policy_at(url)
        assert sample(policy)[0].text == "x"
    assert len(requests) == 2
    assert policy.calls.retries == 1


def test_one_failed_sample_among_many_says_why_and_is_not_kept(tmp_path):
    def broken_second(asked, i):
        broken = len(requests) == 2 and i == 1
        return (
            (400, "application/json", '{"error": {"message": "odd"}}')
            if broken
            else completion("x")
        )

    with endpoint(broken_second) as (url, requests):
        policy = policy_at(url, cache=tmp_path / "replies.sqlite", concurrency=1)
        replies = sample(policy, n=3)
        assert [r.stop for r in replies] == ["end", "error", "end"]
        assert "odd" in replies[1].error
        assert policy.calls.failed == 1
        assert [r.stop for r in sample(policy, n=3)] == ["end"] * 3


GARBAGE = {
    "a web page": (200, "text/html", "<html>\n<body>welcome</body></html>"),
    "no choices": completion("x", choices=[]),
    "another object": (200, "application/json", '{"hello": 1}'),
    "broken JSON": (200, "application/json", '{"id": '),
    "a wrong path": (404, "text/plain", "not\nfound"),
    "a refused key": (401, "application/json", '{"error": {"message": "bad key"}}'),
    "a broken server": (500, "text/plain", "oops"),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_an_endpoint_that_answers_garbage_is_one_line(garbage):
    with endpoint(lambda *_: garbage) as (url, _), pytest.raises(Unreachable) as caught:
        sample(policy_at(url), n=3)
    assert str(caught.value).startswith(f"openai/m: no usable answer from {url}: ")
    assert "\n" not in str(caught.value)


def test_an_endpoint_that_dies_on_the_way_ends_the_work():
    def dies(asked, i):
        return completion("x") if i == 0 else (500, "text/plain", "gone")

    with endpoint(dies) as (url, _):
        policy = policy_at(url, retries=0, concurrency=1)
        assert [r.stop for r in sample(policy, n=PATIENCE)].count("error") == PATIENCE - 1
        with pytest.raises(Unreachable):
            sample(policy, seed=1)


def test_requests_in_flight_are_capped():
    flying, most, lock = 0, 0, threading.Lock()

    def slow(asked, i):
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        time.sleep(0.02)
        with lock:
            flying -= 1
        return completion("x")

    with endpoint(slow) as (url, _):
        sample(policy_at(url, concurrency=2), n=8)
    assert most == 2


def test_a_key_comes_from_the_environment_and_from_nowhere_else(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(BadInput, match="OPENAI_API_KEY") as caught:
        sample(RemotePolicy("openai/m"))
    assert "\n" not in str(caught.value)


def test_ids_tell_model_endpoint_and_settings_apart():
    policies = [
        RemotePolicy("openai/m", base_url="http://a"),
        RemotePolicy("openai/n", base_url="http://a"),
        RemotePolicy("openai/m", base_url="http://b"),
        RemotePolicy("openai/m", base_url="http://a", temperature=0.1),
    ]
    assert len({p.id for p in policies}) == 4
    assert RemotePolicy("openai/m", base_url="http://a", concurrency=1).id == policies[0].id


def test_a_name_is_remote_by_its_provider():
    assert is_remote("openai/gpt")
    assert is_remote("vllm/org/model")
    assert not is_remote("org/model")
    assert not is_remote("openai/")
    with pytest.raises(BadInput, match="provider/name"):
        RemotePolicy("org/model")


def test_every_provider_is_one_that_the_client_knows():
    from inspect_ai._util.registry import registry_find, registry_unqualified_name

    known = {registry_unqualified_name(i) for i in registry_find(lambda i: i.type == "modelapi")}
    assert known >= PROVIDERS


def test_a_cache_that_is_none_is_refused_with_its_name(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough that it is read as one " * 20)
    with pytest.raises(BadInput, match=r"notes\.txt"):
        policy_at("http://127.0.0.1:1", cache=path)


def test_errors_lose_their_markup_and_line_breaks():
    assert one_line(ValueError("[bold]a[/bold]\n<b>b</b>  c")) == "a b c"
    assert len(one_line("x" * 500)) == 200


SHOWN = {
    "image": Media(kind="image", uri="data:image/png;base64,AAAA", mime="image/png"),
    "audio": Media(kind="audio", uri="data:audio/wav;base64,BBBB", mime="audio/wav"),
    "video": Media(kind="video", uri="data:video/mp4;base64,CCCC", mime="video/mp4"),
}


def test_pictures_and_sounds_are_sent_behind_the_text():
    asked = [Message(role="user", text="look", media=(SHOWN["image"], SHOWN["audio"]))]
    with endpoint(lambda *_: completion("x")) as (url, requests):
        asyncio.run(policy_at(url).sample(asked))
    text, picture, sound = requests[0]["messages"][0]["content"]
    assert text["text"] == "look"
    assert picture["image_url"]["url"] == SHOWN["image"].uri
    assert sound["input_audio"] == {"data": "BBBB", "format": "wav"}


def test_a_clip_is_a_clip_and_what_is_unknown_is_refused():
    content = shown(Message(role="user", text="", media=(SHOWN["video"],))).content
    assert (content[1].type, content[1].format, content[1].video) == (
        "video",
        "mp4",
        SHOWN["video"].uri,
    )
    mp3 = Media(kind="audio", uri="data:audio/mpeg;base64,D", mime="audio/mpeg")
    assert shown(Message(role="user", text="", media=(mp3,))).content[1].format == "mp3"
    for media in (
        Media(kind="audio", uri="data:audio/flac;base64,D", mime="audio/flac"),
        Media(kind="file", uri="data:x"),
    ):
        with pytest.raises(BadInput, match="remote models are shown no"):
            shown(Message(role="user", text="", media=(media,)))


def test_a_clip_that_a_provider_cannot_take_is_no_answer_and_says_so():
    asked = [Message(role="user", text="look", media=(SHOWN["video"],))]
    with (
        endpoint(lambda *_: completion("x")) as (url, requests),
        pytest.raises(Unreachable, match=r"[Vv]ideo"),
    ):
        asyncio.run(policy_at(url).sample(asked))
    assert not requests
