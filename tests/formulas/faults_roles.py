"""Seeded faults of provers' rewards and of reading within a budget, as in `faults`."""

ROLES = [
    ("aligned", 'role == "helpful"', 'role == "sneaky"'),
    ("aligned", "else wrong", "else not right"),
    ("centred", "v - mean", "v"),
    ("centred", "if v is not None]", "or 0.0]"),
    ("src", "v <= 0", "v < 0"),
    ("src", "else -v", "else BELOW"),
    ("src", "centred(values)", "values"),
    ("src", "v is None or ", "v is None and 0 or v is not None and "),
    ("cgc", "or not ok", ""),
    ("cgc", "in pairs", "in zip(centred(values), aligned, strict=True)"),
    ("goodhart", "least if v is None", "0.0 if v is None"),
    ("goodhart", "min(", "max("),
    ("goodhart", "len(values) != len(aligned)", "False"),
    ("decoupled", "v > 0", "v >= 0"),
    ("decoupled", "ok and ", ""),
    ("decoupled", "sign * v", "v"),
    ("decoupled", "grpo(values)", "centred(values)"),
    ("decoupled", "else MISALIGNED", "else sign * MISALIGNED"),
    ("decoupled", "strict=True", "strict=False"),
    ("lately", "LATELY *", "(1 - LATELY) *"),
    ("lately", "value - before", "value"),
    ("lately", "before if value is None else value", "value"),
    ("overtaken", ">=", ">"),
    ("overtaken", "bool(wrong) and ", ""),
    ("overtaken", "bool(right) and ", ""),
    ("exploited", "wrong >= EXPLOITED", "wrong > EXPLOITED"),
    ("exploited", "accuracy < RUINED", "accuracy <= RUINED"),
    ("exploited", "parity and ", ""),
    ("balanced_best", "w < score", "w <= score"),
    ("balanced_best", "sorted(right)", "right"),
    ("balanced_best", "half - 1", "half"),
    ("balanced_best", "comb(len(wrong), half)", "1"),
    ("balanced_best", "rest or ", ""),
    ("balanced_best", " or not half", ""),
    ("balanced_best", "min(len(right), len(wrong)) < half", "False"),
]

LEGIBILITY = [
    ("read_within", "> budget", ">= budget"),
    ("read_within", "chance < threshold", "chance <= threshold"),
    ("read_within", "spent += length", "spent = length"),
    ("read_within", "Read(False, spent)", "Read(False, spent - length)"),
    ("read_within", "strict=True", "strict=False"),
]

FAULTS = {
    "superalign.measures.roles": ROLES,
    "superalign.measures.legibility": LEGIBILITY,
}
