"""Seeded faults of voting and of accuracy over N, as in `faults`."""

VOTING = [
    ("Pool.__post_init__", "self.groups.ndim != 2 or ", ""),
    ("Pool.__post_init__", "not np.isfinite(self.scores).all()", "False"),
    ("Pool.__post_init__", "not self.groups.shape[1] or ", ""),
    ("Pool.picks", "self.scores.argmax(1)", "self.scores.argmin(1)"),
    ("Pool.picks", "np.ones_like(self.scores)", "self.scores"),
    ("Pool.picks", "self._elected(self.scores)", "self._elected(np.ones_like(self.scores))"),
    ("Pool.picks", "< 0:", "< -1:"),
    ("Pool.picks", "np.where(agree, self.scores, -1.0).argmax(1)", "agree.argmax(1)"),
    ("Pool.picks", "np.where(chosen < 0, -1,", "np.where(chosen < -1, -1,"),
    ("Pool.hits", " & self.answered", ""),
    ("Pool.hits", "np.maximum(picks, 0)", "0 * picks"),
    ("Pool.answered", ">= 0", ">= -1"),
    ("Pool._elected", "+ 2", "+ 1"),
    ("Pool._elected", ", dtype=np.int64", ""),
    ("Pool._elected", "sums[::width] = -np.inf", "pass"),
    ("Pool._elected", " + width * np.arange(len(self.groups))[:, None]", ""),
    ("Pool._elected", "sums[cells].argmax(1)", "sums[cells][:, ::-1].argmax(1)"),
    ("Pool._elected", "np.where(self.answered.any(1), chosen, -1)", "chosen"),
    (
        "Pool.taken",
        "np.take_along_axis(self.scores, columns, 1)",
        "np.take_along_axis(self.scores, columns[:, ::-1], 1)",
    ),
    ("Pool.first", "self.scores[:, :n]", "self.scores[:, -n:]"),
]

SUBSETS = [
    ("sizes", "(n - 1).bit_length()", "n.bit_length()"),
    ("chances", "truth & pool.answered", "truth"),
    ("chances", "truth.shape != pool.groups.shape", "False"),
    ("chances", "default_rng(seed)", "default_rng()"),
    ("chances", "        rng.permuted(order, axis=1, out=order)\n", ""),
    ("chances", "np.take_along_axis(truth, order, 1)", "truth"),
    ("chances", "mixed.first(n)", "mixed.first(n + 1)"),
    ("chances", "found / subsets", "found"),
    ("chances", "_check(among, truth.shape[1])", "pass"),
    ("pass_at", "_check(among, truth.shape[1])", "pass"),
    ("pass_at", "truth.astype(np.float64)", "1.0 - truth"),
    ("curve", "found.T", "1 - found.T"),
    ("_point", "(chance * (1 - chance))", "chance"),
    ("_point", ".sum()) / n", ".sum() / n)"),
    ("_check", "1 <= n <= most", "1 <= n <= most + 1"),
    ("_check", "1 <= n <= most", "n <= most"),
    ("_highest", "-scores", "scores"),
    ("_highest", "_shared(", "(lambda scores, true: true)("),
    ("_shared", "ranked[:, 1:] != ranked[:, :-1]", "True"),
    ("_missed", "total - n - j", "total - n - j + 1"),
    ("_missed", "(total - j)", "total"),
]

FAULTS = {
    "superalign.measures.voting": VOTING,
    "superalign.measures.subsets": SUBSETS,
}
