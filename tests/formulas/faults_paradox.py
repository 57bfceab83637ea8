"""Seeded faults of generation beside understanding."""

PARADOX = [
    ("understanding", "options < 2", "options < 1"),
    ("understanding", "/ (1 - chance)", ""),
    ("understanding", "accuracy - chance", "accuracy"),
    ("correlation", "one.shape != other.shape", "False"),
    ("correlation", "np.ptp(one) == 0 or", "False or"),
    ("correlation", "or np.ptp(other) == 0", ""),
    ("correlation", "one - one.mean()", "one"),
    ("correlation", "other - other.mean()", "other"),
    ("correlation", "(one @ one) * (other @ other)", "(one @ one) * (one @ one)"),
    ("phi", ">= 0.5", "> 0.5"),
    ("phi", ">= 0.5", ">= 0.4"),
    ("spearman", "_ranks(right)", "right"),
    ("_ranks", "(counts - 1) / 2", "(counts - 1)"),
    ("flips", "a != b", "a == b"),
    ("flips", "/ len(pairs)", "/ len(choices)"),
    ("flips", "if pairs", "if True"),
    ("kappa", "len(one) != len(other)", "False"),
    ("kappa", "p * q + (1 - p) * (1 - q)", "p * q"),
    ("kappa", "a == b", "a != b"),
    ("kappa", "if expected < 1", "if True"),
    ("kappa", "if not one", "if False"),
]

FAULTS = {"superalign.measures.paradox": PARADOX}
