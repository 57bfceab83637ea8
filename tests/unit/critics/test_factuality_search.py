"""Searches: a corpus ranked by words, by meaning and by both; services on loopback."""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from superalign.critics.factuality.demos import OWN, Demos, read_demos
from superalign.critics.factuality.search import NOTHING_FOUND, Corpus, SearchError, read_corpus
from superalign.critics.factuality.search.bm25 import Bm25
from superalign.critics.factuality.search.corpus import WORDS, Local, cut
from superalign.critics.factuality.search.dense import Dense, Fused
from superalign.critics.factuality.search.web import RETRIES, SearchModel, Serper
from superalign.errors import BadInput
from superalign.policies.features import body

CORPUS = Corpus(
    [
        "Danube: The Danube flows through Vienna and Budapest.",
        "Rhine: The Rhine flows through Basel and Cologne.",
        "Everest: Mount Everest is 8,849 metres high.",
    ]
)


@contextmanager
def service(answer):
    """Serve `answer(request, headers, i)`; yields the base URL and the requests."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            requests.append((self.path, asked, self.client_address))
            status, body = answer(asked, self.headers, len(requests) - 1)
            self.send_response(status)
            text = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.socket.close()
        thread.join()


def ranked(ranking, query, n=3):
    return asyncio.run(ranking.ranked(query, n))


def test_words_find_the_passage_that_shares_them_and_nothing_else():
    index = Bm25(CORPUS)
    assert ranked(index, "What flows through Vienna?")[0] == 0
    assert ranked(index, "8,849 metres") == [2]
    assert ranked(index, "xyzzy") == []
    assert ranked(index, 'a "quoted: query') == []
    assert len(ranked(index, "flows", n=50)) == 2


def test_a_local_search_joins_the_best_and_says_when_there_is_none():
    search = Local(Bm25(CORPUS))
    assert asyncio.run(search.search("Rhine Cologne", 1)) == CORPUS.passages[1]
    assert asyncio.run(search.search("xyzzy", 3)) == NOTHING_FOUND
    assert search.id != Local(Bm25(Corpus(CORPUS.passages[:2]))).id


def test_meaning_ranks_by_cosine_and_reads_waiting_queries_together():
    source = body("words-512")
    reads = []

    class Watched:
        id, name, parameters, width = source.id, source.name, source.parameters, source.width

        def features(self, texts):
            reads.append(len(texts))
            return source.features(texts)

    dense = Dense(CORPUS, Watched())

    async def all_at_once():
        return await asyncio.gather(*(dense.ranked(p, 1) for p in CORPUS.passages))

    assert asyncio.run(all_at_once()) == [[0], [1], [2]]
    assert reads == [3, 3]


def test_both_are_fused_by_inverse_rank():
    class Fixed:
        corpus = CORPUS

        def __init__(self, *places):
            self.id, self._places = str(places), list(places)

        async def ranked(self, query, n):
            return self._places[:n]

    assert ranked(Fused(Fixed(0, 1, 2), Fixed(1, 2)), "q") == [1, 2, 0]
    assert ranked(Fused(Fixed(0, 1), Fixed(1, 0)), "q") == [0, 1]
    assert ranked(Fused(Fixed(2), Fixed()), "q") == [2]
    assert ranked(Fused(Fixed(0, 2), Fixed(1, 2)), "q", n=1) == [2]
    # 1 and 20 come to 1/61 + 1/80, which is more than 2/70: a first rank counts for more.
    first, tenth = Fixed(0, *range(100, 108), 1), Fixed(*range(9, 18), 1, *range(20, 29), 0)
    assert ranked(Fused(first, tenth), "q", n=2) == [0, 1]


def test_nearness_is_an_angle_and_no_length():
    class Plane:
        id, name, parameters, width = "plane", "plane", 0, 2

        def features(self, texts):
            return np.array(
                [{"far": [9.0, 0.0], "near": [1.0, 1.0]}.get(t, [2.0, 1.9]) for t in texts]
            )

    assert ranked(Dense(Corpus(["far", "near"]), Plane()), "query", 1) == [1]


def test_a_corpus_is_named_by_its_passages_and_not_by_their_letters():
    assert Corpus(["ab", "c"]).id != Corpus(["a", "bc"]).id == Corpus(["a", "bc"]).id


def test_a_corpus_is_read_from_rows_and_from_texts(tmp_path):
    rows = [{"title": "A", "text": "one two"}, {"contents": "three"}]
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read_corpus(path).passages == ["A: one two", "three"]
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "Blue_whale.txt").write_text("It is large.")
    (folder / "notes.pdf").write_bytes(b"\x00")
    assert read_corpus(folder).passages == ["Blue whale: It is large."]


def test_what_cannot_be_read_as_a_corpus_is_said_in_one_line(tmp_path):
    path, empty = tmp_path / "corpus.jsonl", tmp_path / "empty"
    empty.mkdir()
    path.write_text('{"title": "A"}')
    with pytest.raises(BadInput, match="row 1: has no text"):
        read_corpus(path)
    with pytest.raises(BadInput, match="holds no text"):
        read_corpus(empty)


def test_long_texts_are_cut_evenly_and_no_word_is_lost():
    words = [f"w{i}" for i in range(2 * WORDS + 10)]
    passages = cut("T", " ".join(words))
    assert [len(p.split()) - 1 for p in passages] == [70, 70, 70]
    assert " ".join(p.removeprefix("T: ") for p in passages).split() == words
    assert cut("T", " ") == []


FOUND = {
    "answerBox": {"answer": "Yes", "snippet": "a\nline", "snippetHighlighted": ["two", "parts"]},
    "knowledgeGraph": {
        "title": "Vienna",
        "type": "City",
        "description": "Capital.",
        "attributes": {"Area": "414 km2"},
    },
    "organic": [{"snippet": f"s{i}", "attributes": {"Year": i}} for i in range(5)],
}


def test_serper_is_read_in_the_published_order_over_one_connection():
    with service(lambda *_: (200, FOUND)) as (url, requests):
        search = Serper("key", url=url)

        async def twice():
            return [await search.search("Vienna", 2) for _ in range(2)]

        first, second = asyncio.run(twice())
    assert first == second
    assert first == (
        "Yes a line two parts Vienna: City. Capital. Vienna Area: 414 km2. s0 Year: 0. s1 Year: 1."
    )
    (path, asked, one), (_, _, other) = requests
    assert (path, asked["q"], asked["gl"], asked["hl"]) == ("/search", "Vienna", "us", "en")
    assert one == other


def test_an_answer_of_another_form_is_read_as_far_as_it_goes():
    for found in ({}, [], {"organic": None, "answerBox": "x"}, {"organic": ["x", {"snippet": 3}]}):
        with service(lambda *_, f=found: (200, f)) as (url, _):
            text = asyncio.run(Serper("key", url=url).search("q", 3))
        assert text in (NOTHING_FOUND, "3")


def test_a_refused_key_stops_at_once_and_a_busy_service_is_asked_again():
    with service(lambda *_: (403, {"message": "no"})) as (url, requests):
        with pytest.raises(BadInput, match="refuses the key"):
            asyncio.run(Serper("bad", url=url).search("q", 3))
        assert len(requests) == 1
    busy_twice = lambda asked, headers, i: (429, {}) if i < 2 else (200, FOUND)  # noqa: E731
    with service(busy_twice) as (url, requests):
        assert asyncio.run(Serper("key", url=url, backoff=0.001).search("q", 1))
        assert len(requests) == 3


@pytest.mark.parametrize(("status", "asked"), [(500, RETRIES + 1), (400, 1)])
def test_a_service_that_stays_broken_fails_the_query_alone(status, asked):
    with service(lambda *_: (status, {})) as (url, requests):
        with pytest.raises(SearchError, match=f"status {status}"):
            asyncio.run(Serper("key", url=url, backoff=0.001).search("q", 1))
        assert len(requests) == asked


def test_an_answer_that_is_no_json_fails_the_query():
    with (
        service(lambda *_: (200, "<html>")) as (url, _),
        pytest.raises(SearchError, match="not JSON"),
    ):
        asyncio.run(Serper("key", url=url).search("q", 1))


def test_a_model_that_searches_is_asked_in_the_chat_protocol():
    def reply(asked, headers, i):
        assert headers["authorization"] == "Bearer key"
        text = f"found: {asked['messages'][0]['content'].splitlines()[-1]}"
        return 200, {"choices": [{"message": {"content": text}}]}

    with service(reply) as (url, requests):
        search = SearchModel("m", url=f"{url}/v1", key="key")
        assert asyncio.run(search.search("Vienna", 3)) == "found: Vienna"
    path, asked, _ = requests[0]
    assert (path, asked["model"]) == ("/v1/chat/completions", "m")
    assert asked["web_search_options"] == {}
    with (
        service(lambda *_: (200, {"error": "x"})) as (url, _),
        pytest.raises(SearchError, match="no chat completion"),
    ):
        asyncio.run(SearchModel("m", url=url).search("q", 1))


def test_serper_needs_a_key(monkeypatch):
    monkeypatch.delenv("SERPER_API_KEY", raising=False)
    with pytest.raises(BadInput, match="SERPER_API_KEY"):
        Serper()


def test_a_sentence_is_shown_with_the_first_examples_and_its_nearest(tmp_path):
    facts = {f"Sentence {word} stands here.": [word] for word in "abcdefghij"}
    facts["Seals swim on ice."] = ["Seals swim."]
    facts["Whales swim in the sea."] = ["Whales swim."]
    path = tmp_path / "demos.json"
    path.write_text(json.dumps(facts))
    shown = read_demos(path).shown("Do whales swim?")
    assert shown.count("Sentence: ") == 8
    assert shown.endswith("Sentence: Whales swim in the sea.\n- Whales swim.")
    assert read_demos(path).shown("Sentence c stands here.").count("Sentence: ") == 7
    assert Demos().shown("any").count("Sentence: ") == len(OWN)
    path.write_text("[]")
    with pytest.raises(BadInput, match="no object"):
        read_demos(path)
