"""Seeded faults of step scores, first errors and shaped rewards."""

STEPS = [
    ("aggregate", "if not chances", "if False"),
    ("aggregate", "name not in _BY_NAME", "False"),
    ("mean_logit", "math.log(odds(p))", "odds(p)"),
    ("mean_logit", "1 + math.exp(-", "1 + math.exp("),
    ("mean_odds", "odds(p) for", "p for"),
    ("odds", "min(max(p, EDGE), 1 - EDGE)", "max(p, EDGE)"),
    ("odds", "min(max(p, EDGE), 1 - EDGE)", "min(p, 1 - EDGE) or 0.5"),
    ("odds", "kept / (1 - kept)", "kept / (2 - kept)"),
]

FIRST_ERROR = [
    ("first_error", "p < threshold", "p <= threshold"),
    ("first_errors", "if t != NONE", ""),
    ("first_errors", "if t == NONE", ""),
    ("first_errors", "strict=True", "strict=False"),
    ("_f1", "harmonic_mean([one, other])", "(one + other) / 2"),
    ("_f1", "other is None", "False"),
    ("mean_f1", 'found["f1"]', 'found["f1"] or 0.0'),
    ("best_threshold", "not erroneous or not correct", "False"),
    ("best_threshold", "2 * found * kept", "2 * found + kept"),
    ("best_threshold", "f1 == f1.max()", "f1 >= 0"),
    ("best_threshold", "widths.argmax()", "widths.argmin()"),
    ("_interval", "default=1.0", "default=0.0"),
    ("_interval", "min(chances[:true]", "min(chances"),
    ("_interval", "-1.0, min(chances)", "-1.0, max(chances)"),
    ("_covered", "if low < high", ""),
    ("_covered", "len(intervals)", "max(1, len(alive))"),
    ("labels_up_to", "if true == NONE", "if False"),
    ("labels_up_to", "+ [False]", ""),
    ("step_calibration", "strict=True", "strict=False"),
    ("step_calibration", "sum(labels)", "len(labels)"),
    ("step_calibration", "for p, ok in zip(steps", "for ok, p in zip(steps"),
    ("lucky", "if answer", ""),
    ("lucky", "not steps", "steps"),
]

SHAPING = [
    ("terminal", "float(right)", "1.0"),
    ("terminal", "right is None", "not right"),
    ("stop_penalty", "not answer", "False"),
    ("stop_penalty", "in worked", "in last"),
    ("stop_penalty", "\\$([^$]*)\\$", "([^$]*)"),
    ("stop_penalty", "-weight * 0.5", "-0.5"),
    ("stop_penalty", "0.75 if answer in last", "0.75 if answer in worked"),
    ("stop_penalty", "partition(marker)", "partition(MARKER)"),
    ("process_terms", "floor, product = upper, 1.0", "floor, product = UPPER, 1.0"),
    ("process_terms", "floor, product = upper, 1.0", "floor, product = upper, upper"),
    ("process_terms", "min(floor, p ", "min(upper, p "),
    ("process_terms", "floor = reached", "floor = upper"),
    ("process_terms", 'if scheme not in ("min", "prod")', "if False"),
    ("step_bonus", "total / max(1, steps)", "total"),
    ("step_rewards", "t + b", "t"),
    ("step_rewards", "upper=upper", "upper=UPPER"),
    ("step_rewards", ", bonus)", ")"),
]

FAULTS = {
    "superalign.measures.steps": STEPS,
    "superalign.measures.first_error": FIRST_ERROR,
    "superalign.measures.shaping": SHAPING,
}
