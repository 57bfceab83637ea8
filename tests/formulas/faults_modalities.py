"""Seeded faults of what channels bring and cost, as in `faults`."""

MODALITIES = [
    ("nps", "100 * (reached - chance)", "100 * (reached - human)"),
    ("nps", "human == chance", "False"),
    ("nps", "/ (human - chance)", "/ abs(human - chance)"),
    ("conflict_cost", "lying, clean", "clean, lying"),
    ("synergy", "best_of(singles), full", "full, best_of(singles)"),
    ("less_is_more", "full, best_of(subsets)", "best_of(subsets), full"),
    ("best_of", "1 - half :: 2", "half::2"),
    ("best_of", "argmax()", "argmin()"),
    ("best_of", "if other.shape[1] else 0", "if other.shape[1] else 1"),
    ("best_of", "scores.ndim != 2", "False"),
    ("share", "if c[1]", "if c[0]"),
    ("share", "of[:, 0].sum() / of[:, 1].sum()", "(of[:, 0] / of[:, 1]).mean()"),
    ("share", "int(some[:, 1].sum())", "len(some)"),
    ("share", "rate=ratio(some)", "rate=1 - ratio(some)"),
]

FAULTS = {"superalign.measures.modalities": MODALITIES}
