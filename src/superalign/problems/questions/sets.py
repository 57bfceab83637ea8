"""Readers of published sets: a file in, questions out; a row that cannot be read is one line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import TypeAlias

from superalign.errors import BadInput
from superalign.problems.answers import Mode, boxed
from superalign.problems.questions.question import Question, choice, shuffled
from superalign.problems.rows import Row, read_rows
from superalign.problems.tasks.choices import Options, flat, lettered, numbered
from superalign.problems.tasks.fields import label, text
from superalign.problems.tasks.items import Item
from superalign.problems.tasks.moves import puzzle
from superalign.problems.tasks.opinions import clauses, toxic
from superalign.problems.tasks.source import Open, Read
from superalign.problems.tasks.statements import STATEMENTS

Reader: TypeAlias = Callable[[Path], Iterable[Question]]
"""Reads a file."""
SEPARATOR = "; "
"""What stands between the answers of a list in TruthfulQA."""
_NOTES = re.compile(r"<<[^<>]*>>")
"""The notes for a calculator in GSM8K's solutions."""


def rows(read: Callable[[Row], Question], opened: Open = read_rows) -> Reader:
    """Return a reader of files whose rows are a question each."""
    return lambda file: map(read, opened(file))


def chosen(prompt: str, options: Callable[[Row], Options], group: str) -> Callable[[Row], Question]:
    """Return how a row with options is read; `prompt` names fields, `group` is one."""
    names = [name for _, name, _, _ in Formatter().parse(prompt) if name]

    def read(row: Row) -> Question:
        found = options(row)
        said = prompt.format(**{name: text(row, name).strip() for name in names})
        return choice(said, found.texts, [found.right], group=text(row, group))

    return read


piqa = chosen("{goal}", numbered(("sol1", "sol2"), "label"), "goal")
cosmosqa = chosen(
    "{context}\n{question}", numbered([f"answer{i}" for i in range(4)], "label"), "context"
)
winogrande = chosen(
    "{sentence}\nWhat belongs in the gap (_)?",
    numbered(("option1", "option2"), "answer", first=1),
    "sentence",
)
_openbookqa = chosen("{question_stem}", lettered, "question_stem")


def openbookqa(row: Row) -> Question:
    """Read OpenBookQA as the hub has it, or as it was published.

    Raises:
        BadInput: If a field is missing or holds something else.
    """
    return _openbookqa(flat(row) if "question" in row.fields else row)


def entailment(row: Row) -> Question:
    """Read a premise and a hypothesis; label 0 follows, 1 may or may not, 2 contradicts.

    Raises:
        BadInput: If a field is missing or the label is another.
    """
    premise = text(row, "premise").strip()
    asked = f"{premise}\nDoes this follow: {text(row, 'hypothesis').strip()}"
    place = label(row, "label", (0, 1, 2))
    return choice(asked, ("Yes", "It may or may not", "No"), [place], group=premise)


def decided(item: Item, asked: str = "") -> Question:
    """Return an item of a task, which is class 1 or 0, as a question to be answered yes or no."""
    right = 1 - int(item.answer)
    return choice(item.prompt + asked, ("Yes", "No"), [right], group=item.group)


def statement(name: str) -> Reader:
    """Return a reader of the task of this name, of a class each."""
    return _items(STATEMENTS[name])


def toxicity(file: Path) -> Iterator[Question]:
    """Read the messages of Davidson et al. 2017 (arXiv 1703.04009): toxic, or neither.

    Raises:
        BadInput: If a row has no text or another class.
    """
    return _items(toxic, "\nIs this message hateful or offensive?")(file)


def _items(read: Read, asked: str = "") -> Callable[[Path], Iterator[Question]]:
    unused = random.Random(0)
    return lambda file: (decided(i, asked) for row in read_rows(file) for i in read(row, unused))


def legal(file: Path) -> Iterator[Question]:
    """Read a file of LegalBench's first release (Guha et al. 2023): clauses, or scenarios.

    Raises:
        BadInput: If a row has no text or its label is neither `Yes` nor `No`.
    """
    return map(decided, clauses(file))


def truthful(best: bool) -> Callable[[Row], Question]:
    """Return a reader of TruthfulQA: its best answer and the false ones, or all true ones too.

    The two are MC1 and MC2 (Lin et al. 2021, arXiv 2109.07958).
    """

    def read(row: Row) -> Question:
        first = text(row, "Best Answer").strip()
        listed = _answers(row, "Correct Answers")
        true = [first, *(a for a in listed if a != first)][: 1 if best else None]
        false = [a for a in _answers(row, "Incorrect Answers") if a not in true]
        if not false:
            raise BadInput(f"{row.place}: field 'Incorrect Answers' holds no other answer")
        return shuffled(text(row, "Question").strip(), [*true, *false], range(len(true)))

    return read


def _answers(row: Row, name: str) -> list[str]:
    return list(dict.fromkeys(a.strip() for a in text(row, name).split(SEPARATOR) if a.strip()))


def gsm8k(row: Row) -> Question:
    """Read a word problem whose solution ends in a line `#### ` and the number.

    Raises:
        BadInput: If a field is missing or no number is marked.
    """
    solution = _NOTES.sub("", text(row, "answer")).strip()
    _, mark, gold = solution.rpartition("####")
    if not mark or not gold.strip():
        raise BadInput(f"{row.place}: field 'answer' marks no number with ####")
    return _answered(text(row, "question"), gold, "number", solution)


def mathematics(row: Row) -> Question:
    r"""Read a problem of MATH (Hendrycks et al. 2021); the answer is the solution's last \boxed.

    Raises:
        BadInput: If a field is missing or nothing is boxed.
    """
    solution = text(row, "solution").strip()
    gold = boxed(solution)
    if not gold:
        raise BadInput(f"{row.place}: field 'solution' boxes no answer")
    return _answered(text(row, "problem"), gold, "math", solution)


def exact(row: Row) -> Question:
    """Read a row of one's own, `prompt` and `answer`; the same words are right.

    Raises:
        BadInput: If a field is missing.
    """
    return _answered(text(row, "prompt"), text(row, "answer"), "exact", "")


def _answered(prompt: str, gold: str, mode: Mode, worked: str) -> Question:
    gold = gold.strip()
    return Question.of(
        "answer", prompt.strip(), gold=gold, mode=mode, worked=worked or f"#### {gold}"
    )


def chess(row: Row) -> Question:
    """Read a puzzle of Lichess as a choice among all legal moves.

    The first of `Moves` is the opponent's, the second is right; where that mates, so is every move
    that mates.

    Raises:
        BadInput: If a field is missing, or a position or a move cannot be.
    """
    before, opponent, board, solution = puzzle(row)
    names = [board.notation(m) for m in board.legal()]
    mates = solution.endswith("#")
    right = [i for i, n in enumerate(names) if n == solution or (mates and n.endswith("#"))]
    side = "White" if board.white else "Black"
    asked = (
        f"Chess position (FEN): {before.fen}\nThe last move was {before.number} "
        f"{before.notation(opponent)}\n{side} moves. What is the best move, in algebraic notation?"
    )
    return choice(asked, names, right, listed=False, group=text(row, "GameUrl").partition("#")[0])
