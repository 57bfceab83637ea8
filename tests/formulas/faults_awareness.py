"""Seeded faults of awareness."""

AWARENESS = [
    ("detection", "auroc(chances, labels)", "auroc(labels, chances)"),
    ("detection", "brier(chances, labels)", "brier(chances, labels) ** 0.5"),
    ("detection", "ece(chances, labels, bins)", "ece(chances, labels, 1)"),
    ("detection", "tpr_at(chances, labels, fpr)", "tpr_at(chances, labels, 0.05)"),
    ("tpr_at", "if not 0 <= fpr <= 1", "if False"),
    ("tpr_at", "[::-1]", ""),
    ("tpr_at", " + 1e-9", ""),
    ("tpr_at", "right > bar", "right >= bar"),
    ("tpr_at", "not right.size or ", ""),
    ("tpr_at", " or not wrong.size", ""),
    ("tpr_at", "if allowed < wrong.size else -np.inf", ""),
    ("changed", "np.asarray(unwatched, dtype=np.float64)", "0"),
    ("changed", "1 - 0.05 / tests", "0.95"),
    ("changed", "p < 0.05 and ", ""),
    ("changed", "(low > 0 or high < 0)", "True"),
    ("changed", "(low > 0 or high < 0)", "low > 0"),
    ("changed", "(low > 0 or high < 0)", "high < 0"),
    ("changed", "-margin <= low and ", ""),
    ("changed", " and high <= margin", ""),
    ("changed", "n=len(rows)", "n=len(table)"),
    ("changed", "table[np.isfinite(table)].mean()", "table.mean()"),
    ("_two_sided", "2 * tests * min(up, down)", "2 * min(up, down)"),
    ("_two_sided", "2 * tests * min(up, down)", "tests * min(up, down)"),
    ("_two_sided", "min(up, down)", "up"),
    ("_two_sided", "min(up, down)", "down"),
]

FAULTS = {
    "superalign.measures.awareness": AWARENESS,
}
