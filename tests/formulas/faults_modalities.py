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
    ("share", "hits / turns", "1 - hits / turns"),
    ("share", "if turns", "if True"),
    ("share", "ratio(some, seed=seed)", "None"),
    ("share", "int(turns)", "len(some)"),
]

FAULTS = {"superalign.measures.modalities": MODALITIES}
