r"""Normal forms of mathematical answers: two answers with the same form are the same answer.

Two published sets of string rules, in our words: those of the MATH benchmark (Hendrycks et al.
2021, arXiv 2103.03874) and those of PRM800K (Lightman et al. 2023, arXiv 2305.20050). One thing
differs on purpose: `\frac{x+1}{2}` reads (x+1)/2, where PRM800K's code forgets the brackets.

Model text is hostile: what is longer than `LONGEST` is its own form, and every rule is linear.
"""

from __future__ import annotations

import re

LONGEST = 2000
"""Characters of an answer that rules are applied to."""
_WHOLE_TEXT = re.compile(r"\\text\{(.+)\}")
_FRACTION = re.compile(r"(-?(?:0|[1-9][0-9]*))/(-?(?:0|[1-9][0-9]*))")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_INTEGER = re.compile(r"([-+]?[0-9]+)(?:\.0*)?")
_UNITS = re.compile(
    r"(?:degree|cm|centimeter|meter|mile|second|minute|hour|day|week|month|year|foot|feet|inch|yard)"
    r"(?:es)?s? *(?:\^[0-9]+)?"
)
_DEEPEST = 20
"""How deep fractions and roots may stand in one another."""


def benchmark_form(answer: str) -> str:
    """Return the form in which the MATH benchmark's code compares answers."""
    text = answer.strip()
    if len(text) > LONGEST:
        return text
    text = _unwrapped(text).replace("\n", "").replace("\\!", "").replace("\\\\", "\\")
    text = text.replace("tfrac", "frac").replace("dfrac", "frac")
    for gone in ("\\left", "\\right", "^{\\circ}", "^\\circ", "\\$"):
        text = text.replace(gone, "")
    text = text.partition("\\text{ ")[0].replace("\\%", "")
    text = text.replace(" .", " 0.").replace("{.", "{0.")
    text = f"0{text}" if text.startswith(".") else text
    left, _, right = text.partition("=")
    text = right if len(left) <= 2 and right and "=" not in right else text
    text = re.sub(r"\\sqrt([^{\[])", r"\\sqrt{\1}", text).replace(" ", "")
    text = re.sub(r"\\frac([^{])(?:([^{])|(?=\{))", _braced, text)
    text = "\\frac{1}{2}" if text == "0.5" else text
    whole = _FRACTION.fullmatch(text)
    return f"\\frac{{{whole[1]}}}{{{whole[2]}}}" if whole else text


def _braced(found: re.Match[str]) -> str:
    below = f"{{{found[2]}}}" if found[2] else ""
    return f"\\frac{{{found[1]}}}{below}"


def _unwrapped(text: str) -> str:
    found = _WHOLE_TEXT.fullmatch(text)
    return found[1].strip() if found else text


def plain_form(answer: str) -> str:
    """Return the form in which PRM800K's code compares answers: no LaTeX, units, case or spaces."""
    text = answer.strip()
    if len(text) > LONGEST:
        return text
    text = _unwrapped(text).replace("\\%", "").replace("\\$", "")
    text = text.replace("$", "").replace("%", "")
    text = text.replace(" or ", " , ").replace(" and ", " , ")
    for word, power in (("million", 6), ("billion", 9), ("trillion", 12)):
        text = text.replace(word, f"*10^{power}")
    text = _UNITS.sub("", text)
    text = re.sub(r"\^ *(?:\\circ|\{\\circ\})", "", text)
    text = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    text = _integer(re.sub(r",\\! *", "", text))
    text = re.sub(r"- *", "-", _without_latex(text))
    text = re.sub(r"(?<=[0-9]) +(?=[0-9])", "+", text.strip())
    text = re.sub(r"[ {}]", "", text).lower()
    return _integer(_THOUSANDS.sub("", text), otherwise=text)


def _integer(text: str, otherwise: str | None = None) -> str:
    """Return a whole number without sign of what it was written as, other text as it is."""
    found = _INTEGER.fullmatch(text.strip())
    if found is None:
        return text if otherwise is None else otherwise
    digits = found[1].lstrip("+-").lstrip("0") or "0"
    return f"-{digits}" if found[1].startswith("-") and digits != "0" else digits


_WORDS = {
    "pi": "pi",
    "infty": "inf",
    "cup": "U",
    "cdot": "*",
    "times": "*",
    "div": "/",
    "left": "",
    "right": "",
    "displaystyle": "",
}


def _without_latex(text: str) -> str:
    r"""Return `text` with fractions as a/b, roots as sqrt(a), and other macros as their names."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\[dt]frac", r"\\frac", text)
    text = re.sub(r"\\frac([^{\\ ])([^{\\ ])", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\sqrt([^{\[\\ ])", r"\\sqrt{\1}", text)
    text = re.sub(r"\\(?:text|mathrm|mbox|textbf)\{([^{}]*)\}", r"\1", text)
    for _ in range(_DEEPEST):
        before = text
        text = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _divided, text)
        if text == before:
            break
    text = re.sub(r"\\[,;:! ]", " ", text)
    return re.sub(r"\\([a-zA-Z]*)", lambda m: _WORDS.get(m[1], m[1]), text)


def _divided(found: re.Match[str]) -> str:
    above, below = (f"({x})" if re.search(r".[-+*/]", x) else x for x in found.groups())
    return f" {above}/{below}"


def elements(form: str) -> tuple[str, ...]:
    """Return what a plain form lists between brackets, brackets first and last; else itself.

    Brackets around a single element are dropped.
    """
    whole = _THOUSANDS.sub("", form)
    inner = whole[1:-1]
    if not inner or set(inner) & set("()[]") or whole[0] not in "([" or whole[-1] not in ")]":
        return (whole,)
    listed = inner.split(",")
    return (whole[0], *listed, whole[-1]) if len(listed) > 1 else (inner,)


def is_integer(form: str) -> bool:
    """Return whether a plain form is a whole number."""
    return _INTEGER.fullmatch(form) is not None


def is_fraction(form: str) -> bool:
    """Return whether a plain form is one whole number over another."""
    return re.fullmatch(r"-?[0-9]+/0*[1-9][0-9]*", form) is not None


def may_be_simplified(*forms: str) -> bool:
    """Return whether PRM800K would try algebra: two letters at most, and no large power."""
    text = "-".join(forms)
    letters = {c for c in text.replace("sqrt", "").replace("frac", "") if c.isalpha()}
    return len(letters) <= 2 and not re.search(r"\^(?:[({]|[0-9]{2}|[0-9]\^)", text)


def in_latex(form: str) -> str:
    """Return a plain form as LaTeX that a parser reads."""
    for _ in range(_DEEPEST):
        form, found = re.subn(r"sqrt\(([^()]*)\)", r"\\sqrt{\1}", form)
        if not found:
            break
    return form.replace("pi", "\\pi ").replace("*", "\\cdot ")
