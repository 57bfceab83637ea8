"""Failure signatures: texts as vectors, the clusters they form, and what each is about.

A signature says what the critic found, what was asked for and what was done; not the raw prompt,
whose style would dominate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NOISE = -1
"""Label of what belongs to no cluster."""
SMALLEST = 3
"""Members of the smallest cluster."""
CUT = 0.7
"""Average cosine distance at which clusters are no longer joined."""


def embed(texts: Sequence[str], dimensions: int = 64) -> Floats:
    """Return unit vectors, one row a text: hashed TF-IDF, by SVD in at most `dimensions`.

    No more texts than that keep their own directions, one column per n-gram. Directions are those
    of these very texts: embed together what is to be compared. A text without a word is a zero
    vector.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    hashing = HashingVectorizer(n_features=2**18, alternate_sign=False, ngram_range=(1, 2))
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(hashing.transform(texts))
    if len(texts) <= dimensions:
        return _unit(weighted[:, np.unique(weighted.indices)].toarray())
    return _unit(TruncatedSVD(dimensions, random_state=0).fit_transform(weighted))


def cluster(
    vectors: Floats, *, method: str = "agglomerative", smallest: int = SMALLEST
) -> list[int]:
    """Return a cluster number per vector, `NOISE` for what is in no cluster of `smallest`.

    `agglomerative` joins by average cosine distance up to `CUT`, which is steady on few texts;
    `hdbscan` (Campello et al. 2013) finds clusters of differing density and wants hundreds.
    """
    from sklearn.cluster import HDBSCAN, AgglomerativeClustering

    if len(vectors) < max(2, smallest):
        return [NOISE] * len(vectors)
    if method == "hdbscan":
        found = HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(vectors)
    elif method == "agglomerative":
        join = AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=CUT
        )
        found = join.fit_predict(np.clip(1 - vectors @ vectors.T, 0.0, 2.0))
    else:
        raise ValueError(f"method {method!r} is neither 'agglomerative' nor 'hdbscan'")
    sizes = {c: int((found == c).sum()) for c in set(found.tolist())}
    return [int(c) if c != NOISE and sizes[c] >= smallest else NOISE for c in found]


def terms(texts: Sequence[str], labels: Sequence[int], n: int = 4) -> dict[int, tuple[str, ...]]:
    """Return the `n` words that set each cluster apart, by class-based TF-IDF.

    Weight of word t in cluster c: f_tc * log(1 + A / f_t), with A the mean number of words per
    cluster (Grootendorst 2022, arXiv 2203.05794, eq. 2).
    """
    from sklearn.feature_extraction.text import CountVectorizer

    found = sorted(set(labels) - {NOISE})
    joined = [" ".join(t for t, c in zip(texts, labels, strict=True) if c == k) for k in found]
    counter = CountVectorizer(stop_words="english", token_pattern=r"(?u)\b[^\W\d_]{2,}\b")
    try:
        counts = np.asarray(counter.fit_transform(joined).todense(), dtype=float)
    except ValueError:  # scikit-learn's word for: only stop words, or no cluster at all
        return dict.fromkeys(found, ())
    words = counter.get_feature_names_out()
    weights = counts * np.log1p(counts.sum() / len(found) / counts.sum(0))
    best = [sorted(range(len(words)), key=lambda i: (-row[i], words[i]))[:n] for row in weights]
    return {
        k: tuple(str(words[i]) for i in row if weights[place, i] > 0)
        for place, (k, row) in enumerate(zip(found, best, strict=True))
    }


def centroids(vectors: Floats, labels: Sequence[Any]) -> dict[Any, Floats]:
    """Return the unit mean of each cluster; shape (dimensions,)."""
    kept = [c for c in dict.fromkeys(labels) if c != NOISE]
    place = np.array([kept.index(c) if c != NOISE else NOISE for c in labels])
    return {c: _unit(vectors[place == i].mean(0)[None])[0] for i, c in enumerate(kept)}


def stability(
    vectors: Floats,
    labels: Sequence[int],
    *,
    seed: int,
    draws: int = 20,
    method: str = "agglomerative",
) -> dict[int, float]:
    """Return per cluster the mean best Jaccard overlap with clusters of bootstrap samples.

    Hennig (2007), "Cluster-wise assessment of cluster stability": below .6 a cluster should not be
    believed. A draw in which no member of a cluster appears counts 0 for it.
    """
    rng = np.random.default_rng(seed)
    marks = np.asarray(labels)
    total = dict.fromkeys(sorted(set(labels) - {NOISE}), 0.0)
    for _ in range(draws):
        drawn = np.unique(rng.integers(len(marks), size=len(marks)))
        again = np.asarray(cluster(vectors[drawn], method=method, smallest=2))
        for k in total:
            mine = marks[drawn] == k
            others = [again == c for c in set(again.tolist()) - {NOISE}]
            total[k] += max((_jaccard(mine, other) for other in others), default=0.0)
    return {k: v / draws for k, v in total.items()}


def _jaccard(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12))
