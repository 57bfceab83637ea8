"""The oracle is held against a checker written another way: by splitting text, not by patterns."""

import random
from itertools import pairwise
from string import ascii_lowercase, digits

import pytest

from superalign.problems import chains, chains_corpus
from superalign.problems.chains import Axes, check, draw, parse, solve

EXAMPLE = "k3\nb=k*7\nx=b-k\nx?\n"
SOLUTION = "b=k*7=k3*7=b1\nx=b-k=b1-k3=x8\n#8"
ALL_AXES = [
    Axes(),
    Axes(back_reference=1.0),
    Axes(distractors=3),
    Axes(shuffled=True, distractors=2, back_reference=0.6),
]


def truth_of(prompt):
    """Evaluate every variable by trying until nothing changes."""
    lines = prompt.split()
    known = {x[0]: int(x[1]) for x in lines if len(x) == 2 and x[1] in digits}
    rules = [x for x in lines if "=" in x]
    for _ in rules:
        for name, _, left, operator, right in rules:
            a, b = (int(o) if o in digits else known.get(o) for o in (left, right))
            if a is not None and b is not None:
                known[name] = {"+": a + b, "-": a - b, "*": a * b}[operator] % 10
    return known, lines[-1][0], set(rules)


def brute_check(prompt, text):
    """Check each line by building every line that would be right, given the claims so far."""
    known = {x[0]: x[1] for x in prompt.split() if len(x) == 2 and x[1] in digits}
    _, question, rules = truth_of(prompt)
    *lines, last = text.split("\n")
    steps = []
    for line in lines:
        possible = set()
        for rule in rules:
            name, _, left, operator, right = rule
            a, b = (o if o in digits else known.get(o) for o in (left, right))
            if a is not None and b is not None:
                value = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}[operator]
                shown = "".join(
                    [
                        a if left in digits else left + a,
                        operator,
                        b if right in digits else right + b,
                    ]
                )
                possible.add(f"{rule}={shown}={name}{value % 10}")
        steps.append(line in possible)
        if well_formed(line):
            *_, end = line.split("=")
            known[end[0]] = end[1]
    steps.append(question in known and last == f"#{known[question]}")
    return tuple(steps), all(steps)


def well_formed(line):
    parts = line.split("=")
    if len(parts) != 4:
        return False
    name, rule, filled, end = parts
    operators = [c for c in filled if c in "+-*"]
    if len(operators) != 1 or any(c not in ascii_lowercase + digits + "+-*" for c in filled):
        return False
    sides = filled.split(operators[0])
    return (
        len(name) == 1 and name in ascii_lowercase
        and len(rule) == 3 and rule[1] in "+-*" and rule[0].isalnum() and rule[2].isalnum()
        and all(len(s) in (1, 2) and s[-1] in digits for s in sides)
        and all(len(s) == 1 or s[0] in ascii_lowercase for s in sides)
        and len(end) == 2 and end[0] in ascii_lowercase and end[1] in digits
    )  # fmt: skip


def spoilt(text, rng):
    """Return the text with one of many faults, some of which leave it right."""
    lines = text.split("\n")
    i = rng.randrange(len(lines))
    kind = rng.choice(
        ["character"] * bool(text) + ["drop", "repeat", "swap", "answer", "empty", "tail"]
    )
    if kind == "character":
        at = rng.randrange(len(text))
        return text[:at] + rng.choice(digits + ascii_lowercase + "+-*=#\n ") + text[at + 1 :]
    if kind == "drop":
        return "\n".join(lines[:i] + lines[i + 1 :])
    if kind == "repeat":
        return "\n".join([*lines[: i + 1], *lines[i:]])
    if kind == "swap":
        rng.shuffle(lines)
        return "\n".join(lines)
    if kind == "answer":
        return "\n".join([*lines[:-1], f"#{rng.randrange(10)}"])
    return "" if kind == "empty" else text + rng.choice(["\n", " ", "8"])


def test_the_example_in_the_docstring_is_as_it_says():
    assert solve(parse(EXAMPLE)) == SOLUTION
    assert check(EXAMPLE, SOLUTION) == chains.Check((True, True, True), True)


@pytest.mark.parametrize("axes", ALL_AXES, ids=str)
@pytest.mark.parametrize("level", chains.LEVELS)
def test_reference_solutions_are_right_and_as_long_as_the_level(level, axes):
    rng = random.Random(level)
    for _ in range(10):
        problem = draw(level, rng, axes)
        known, question, rules = truth_of(problem.prompt)
        solution = solve(parse(problem.prompt))
        assert solution.count("\n") == level
        assert solution.endswith(f"#{known[question]}")
        assert check(problem.prompt, solution).right
        assert len(rules) == level + axes.distractors
        assert problem.level == level


@pytest.mark.parametrize("axes", ALL_AXES, ids=str)
def test_the_oracle_agrees_with_brute_force_on_fallible_authors_and_faults(axes):
    rng = random.Random(7)
    rights = 0
    for i in range(400):
        problem = draw(1 + i % 8, rng, axes)
        text = chains_corpus.write(
            parse(problem.prompt), rng, misled=rng.random() < 0.5, slip=rng.choice((0, 0.2))
        )
        for candidate in (text, spoilt(text, rng), spoilt(spoilt(text, rng), rng)):
            found = check(problem.prompt, candidate)
            assert (found.steps, found.right) == brute_check(problem.prompt, candidate), candidate
            rights += found.right
    assert 120 < rights < 1000


@pytest.mark.parametrize("seed", range(40))
def test_changing_any_character_of_a_right_solution_makes_it_wrong(seed):
    rng = random.Random(seed)
    problem = draw(1 + seed % 8, rng, Axes(back_reference=0.6, distractors=seed % 3))
    right = solve(parse(problem.prompt))
    for at, old in enumerate(right):
        for new in rng.sample(ascii_lowercase + digits + "+-*=#", 5):
            if new != old:
                found = check(problem.prompt, right[:at] + new + right[at + 1 :])
                assert not found.right
                assert found.first_error <= right.count("\n", 0, at)


@pytest.mark.parametrize(
    ("solution", "steps"),
    [
        ("x=b-k=b1-k3=x8\n#8", (False, True)),
        ("b=k*7=k3*7=b1\n#8", (True, False)),
        ("b=k*7=k3*7=b1\nx=b-k=b1-k3=x8", (True, False)),
        ("b=k*7=k3*7=b2\nx=b-k=b2-k3=x9\n#9", (False, True, True)),
        ("b=k*7=k3*7=x1\nx=b-k=b1-k3=x8\n#8", (False, False, True)),
        ("b=k*7=k3*7=b1\nx=b-k=k3-b1=x2\n#2", (True, False, True)),
        ("b=k*7=k3*7=b1\nx=b-k=1-3=x8\n#8", (True, False, True)),
        ("b=k*7=k3*k7=b1\nx=b-k=b1-k3=x8\n#8", (False, True, True)),
        ("b=k*7=k3*7=b1\nx=k-b=k3-b1=x2\n#2", (True, False, True)),
        ("k=k+0=k3+0=k3\nb=k*7=k3*7=b1\nx=b-k=b1-k3=x8\n#8", (False, True, True, True)),
        ("b=k*7=k3*7=b1\nx=b-k=b1-k3=x8\n#7", (True, True, False)),
        ("#8", (False,)),
        ("", (False,)),
        (SOLUTION + "\n", (True, True, False, False)),
        (SOLUTION.replace("#8", "#\u0668"), (True, True, False)),
        (SOLUTION.replace("b1\n", "b\u0661\n"), (False, False, True)),
    ],
)  # fmt: skip
def test_each_fault_is_found_on_its_own_line(solution, steps):
    found = check(EXAMPLE, solution)
    assert (found.steps, found.right) == (steps, False)
    assert found.first_error == steps.index(False)


def test_lines_the_answer_does_not_need_are_allowed_and_checked():
    prompt = "k3\nb=k*7\nd=k+1\nx=b-k\nx?\n"
    with_extra = SOLUTION.replace("x=", "d=k+1=k3+1=d4\nx=", 1)
    assert check(prompt, with_extra).right
    wrong = check(prompt, with_extra.replace("d4", "d5"))
    assert (wrong.steps, wrong.right) == ((True, False, True, True), False)
    assert check(prompt, SOLUTION).right


def test_every_operation_uses_the_result_before_it():
    rng = random.Random(3)
    for _ in range(50):
        needed = parse(draw(6, rng).prompt).needed()
        for before, after in pairwise(needed):
            assert before.name in (after.left, after.right)


def test_back_references_and_shuffling_do_what_they_say():
    rng = random.Random(0)
    always = [parse(draw(5, rng, Axes(back_reference=1.0)).prompt) for _ in range(20)]
    never = [parse(draw(5, rng, Axes(back_reference=0.0)).prompt) for _ in range(20)]
    assert not any(o.isdigit() for c in always for d in c.definitions for o in (d.left, d.right))
    assert all((d.left + d.right).isalpha() is False for c in never for d in c.definitions)
    shuffled = [parse(draw(5, rng, Axes(shuffled=True)).prompt) for _ in range(20)]
    plain = [parse(draw(5, rng).prompt) for _ in range(20)]
    assert all(list(c.definitions) == c.needed() for c in plain)
    assert any(list(c.definitions) != c.needed() for c in shuffled)


@pytest.mark.parametrize("line", ["k33", "b=k/7", "b=k*77", "K3", "?", "k\u0663"])
def test_a_prompt_of_another_language_is_refused(line):
    with pytest.raises(ValueError, match="not a chains line"):
        parse(f"{line}\nx?\n")


def test_an_unknown_operator_is_refused():
    with pytest.raises(ValueError, match="operator"):
        chains.compute("/", 1, 2)


@pytest.mark.parametrize(
    ("solution", "answer"),
    [(SOLUTION, "8"), ("#8", "8"), ("#8\n", None), ("# 8", None), ("8", None), ("", None)],
)
def test_the_answer_is_read_from_the_last_line_only(solution, answer):
    assert chains.answer_of(solution) == answer
