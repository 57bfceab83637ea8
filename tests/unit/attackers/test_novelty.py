import numpy as np
import pytest

from superalign.attackers.novelty import hashed, nearest

TEA = "which tea did the crew of the ship drink last night"


def test_embeddings_are_unit_vectors_and_near_for_near_texts():
    vectors = hashed([TEA, TEA.replace("tea", "ale"), "42 + 17 = ?"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > 0.8 > 0.2 > vectors[0] @ vectors[2]
    assert nearest(TEA, []) == 0.0
    assert nearest(TEA, ["42", TEA]) == pytest.approx(1.0)
