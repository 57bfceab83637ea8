"""Seeded faults of generation beside understanding."""

PARADOX = [
    ("understanding", "options < 2", "options < 1"),
    ("understanding", "/ (1 - chance)", ""),
    ("understanding", "accuracy - chance", "accuracy"),
    ("correlation", "one.shape != other.shape", "False"),
    ("correlation", "np.ptp(one) == 0 or", "False or"),
    ("correlation", "or np.ptp(other) == 0", ""),
    ("correlation", "[0, 1]", "[0, 0]"),
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
    ("clustered", "count + 1", "1"),
    ("clustered", "total + value", "value"),
    ("clustered", "totals.get(group, (0.0, 0))", "(0.0, 0)"),
    ("clustered", "strict=True", "strict=False"),
    ("clustered", "seed=seed", "seed=0"),
    ("clustered", "n=n)", "n=50)"),
    ("clustered", "if totals", "if True"),
    ("_ratio", "total / count", "total"),
]

FAULTS = {"superalign.measures.paradox": PARADOX}
