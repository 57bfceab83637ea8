"""Seeded faults of the scores of published evaluations, as in `faults`."""

FACTUAL = [
    ("f1_at_k", "if k == DEFAULT else k", "if k == 0 else k"),
    ("f1_at_k", "supported < 0 or not_supported", "not_supported"),
    ("f1_at_k", "or not_supported < 0", ""),
    ("f1_at_k", "k <= 0", "k < 0"),
    ("f1_at_k", "if not supported:", "if not supported + not_supported:"),
    ("f1_at_k", "(supported + not_supported)", "(supported + not_supported + 1)"),
    ("f1_at_k", "min(1.0, supported / k)", "supported / k"),
    ("f1_at_k", "2 * precision", "precision"),
]
SCORING = [
    ("mark", " and question.options", ""),
    ("mark", " and question.target is not None", ""),
    ("mark", "compat=compat", "compat=False"),
    ("_letters", "len(chosen - right)", "len(right - chosen)"),
    ("_letters", "hits / len(chosen)", "hits / len(right)"),
    ("_letters", "if hits else 0.0", ""),
    ("_letters", "worth.get(x, 0.0)", "float(x in right)"),
    ("_letters", "(missed + extra) / len(right)", "(missed + extra) / len(question.options)"),
    ("_letters", "not missed and not extra", "not missed"),
    ("_letters", "not missed and not extra", "not extra"),
    ("_letters", "2 * precision * recall", "precision * recall"),
    ("_number", "off * off", "off"),
    ("_number", "str(said) == written", "said == target"),
    ("_number", "if compat:", "if False:"),
    ("_number", " if question.tolerance is None else question.tolerance", ""),
    ("_number", "share * abs(target)", "share * target"),
    ("_number", "share * abs(target)", "share"),
    ("_number", " or FLOOR", ""),
]

FAULTS = {
    "superalign.measures.factual": FACTUAL,
    "superalign.evals.chembench.scoring": SCORING,
}
