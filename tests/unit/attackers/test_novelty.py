import math
import random

import numpy as np
import pytest

from superalign.attackers.novelty import (
    bleu,
    clusters,
    hashed,
    nearest,
    sei,
    self_bleu,
)
from superalign.measures.diversity import simpson as sdi
from superalign.measures.diversity import vendi

TEA = "which tea did the crew of the ship drink last night"


def test_bleu_by_hand():
    assert bleu(TEA, [TEA.upper()]) == pytest.approx(1.0)
    assert bleu("red blue", ["green"]) == 0.0
    assert bleu("", ["a"]) == bleu("a", []) == bleu("a", [""]) == 0.0
    precisions = [4 / 5, 2 / 4, 1 / 2 / 3, 1 / 4 / 2]
    by_hand = math.prod(precisions) ** 0.25
    assert bleu("a b x c d", ["a b y c d"]) == pytest.approx(by_hand)
    assert bleu("a b c", ["a b c d e f"]) == pytest.approx(math.exp(1 - 6 / 3))
    assert bleu("a a a a", ["a b"], order=1) == pytest.approx(1 / 4)


def test_several_references_count_together():
    assert bleu("a b c d", ["a b", "c d"], order=1) == 1.0
    assert bleu("a b c d", ["a b"], order=1) == 0.5


def test_self_bleu_tells_copies_from_different_texts():
    assert self_bleu([TEA] * 4) == pytest.approx(1.0)
    assert self_bleu(["a b c d", "e f g h", "i j k l"]) == 0.0
    assert self_bleu([TEA]) is None


def test_embeddings_are_unit_vectors_and_near_for_near_texts():
    vectors = hashed([TEA, TEA.replace("tea", "ale"), "42 + 17 = ?"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > 0.8 > 0.2 > vectors[0] @ vectors[2]
    assert nearest(TEA, []) == 0.0
    assert nearest(TEA, ["42", TEA]) == pytest.approx(1.0)


def test_vendi_counts_effective_items():
    assert vendi(np.eye(5)) == pytest.approx(5)
    assert vendi(np.ones((5, 5))) == pytest.approx(1)
    similar = np.array([[1, 0.9, 0.1], [0.9, 1, 0.1], [0.1, 0.1, 1]])
    assert vendi(similar) == pytest.approx(2.147, abs=1e-3)


def test_evenness_and_simpson_of_known_counts():
    assert sei([5, 3, 2]) == pytest.approx(0.937, abs=1e-3)
    assert sdi([5, 3, 2]) == pytest.approx(0.62)
    assert sei([4, 4, 0]) == pytest.approx(1.0)
    assert sei([4]) is None
    assert sdi([4]) == 0.0
    assert sdi([]) is sei([]) is None


def test_clusters_join_near_copies_and_nothing_else():
    other = "please add forty two and seventeen for me now"
    found = clusters([TEA, f"{TEA} ?", other, "hello there", f"so {TEA}"])
    assert found[0] == found[1] == found[4]
    assert len(set(found)) == 3
    assert clusters([]) == []


def test_average_linkage_against_a_plain_computation():
    rng = random.Random(0)
    texts = [" ".join(rng.choices("abcdef", k=6)) for _ in range(14)]
    apart = [[1 - (bleu(a, [b]) + bleu(b, [a])) / 2 for b in texts] for a in texts]
    groups = [[i] for i in range(len(texts))]
    while True:
        pairs = [(i, j) for i in range(len(groups)) for j in range(i)]
        mean = {
            (i, j): np.mean([apart[a][b] for a in groups[i] for b in groups[j]]) for i, j in pairs
        }
        i, j = min(pairs, key=mean.get)
        if mean[i, j] >= 0.7:
            break
        groups[j] += groups.pop(i)
    label = clusters(texts, cut=0.7)
    assert 1 < len(groups) < len(texts)
    assert {frozenset(g) for g in groups} == {
        frozenset(i for i, at in enumerate(label) if at == c) for c in set(label)
    }
