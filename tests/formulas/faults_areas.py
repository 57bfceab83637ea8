"""Seeded faults of measures over areas, as in `faults`."""

BIAS = [
    ("sdis", "if b is not None", ""),
    ("sdis", "2 * sum(named) / len(named) - 1", "sum(named) / len(named)"),
    ("sdis", "/ len(named) - 1", "/ len(biased) - 1"),
    ("sdis", "if named else None", "if named else 0.0"),
    ("samb", "(1 - accuracy)", "accuracy"),
    ("samb", "if accuracy == 1", "if accuracy == 2"),
    ("samb", "return 0.0", "return None"),
    ("samb", "if accuracy is None", "if accuracy == -1"),
    ("samb", "None if leaning is None else", ""),
]

CHOICES = [
    ("option_chances", "x - highest", "x"),
    ("option_chances", "w / total", "w"),
    ("likeliest", "lengths or ", ""),
    ("likeliest", "max(1, n)", "n"),
    ("likeliest", "max(scores)", "min(scores)"),
    ("likeliest", "x / max", "x * max"),
    ("likeliest", "strict=True", "strict=False"),
    ("true_mass", "for i in right", "for i in right[:1]"),
    ("true_mass", "option_chances(logprobs)", "logprobs"),
    ("balanced_accuracy", "_recall(pairs, c)", "_f1(pairs, c)"),
    ("balanced_accuracy", "{gold for gold, _ in pairs}", "{said for _, said in pairs}"),
    ("macro_f1", "_f1(pairs, c)", "_recall(pairs, c)"),
    ("_recall", "if gold == of", ""),
    ("_f1", "gold == of == said", "said == of"),
    ("_f1", "(named + there)", "(2 * named or 1)"),
    ("_mean", "if values else None", "if values else 0.0"),
]

FAULTS = {
    "superalign.measures.bias": BIAS,
    "superalign.measures.choices": CHOICES,
}
