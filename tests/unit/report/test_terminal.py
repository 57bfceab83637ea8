import io

import pytest
from rich.console import Console

from superalign.report.terminal import Lines, Terminal, cell, watch

ROW = {
    "round": 1,
    **{f"level {level}": 1.05 - level / 10 for level in range(1, 9)},
    "critic AUROC": 0.934,
    "labels": 3600,
    "unscored": 12,
    "promoted": True,
}


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_gets_plain_lines_and_a_terminal_gets_the_picture():
    assert isinstance(watch(stream=io.StringIO()), Lines)
    assert isinstance(watch(stream=Screen()), Terminal)
    assert isinstance(watch(stream=Screen(), plain=True), Lines)


def test_plain_lines_tell_the_whole_story():
    stream = io.StringIO()
    with watch(stream=stream) as progress:
        progress.begin("answer", 200)
        for _ in range(200):
            progress.advance()
        progress.row(ROW)
        progress.beside("oracle").begin("train")
    assert stream.getvalue().splitlines() == [
        "answer (200)",
        "answer 50 of 200",
        "answer 100 of 200",
        "answer 150 of 200",
        "round 1  L1 95  L2 85  L3 75  L4 65  L5 55  L6 45  L7 35  L8 25  critic AUROC 0.93  "
        "labels 3,600  unscored 12  promoted yes",
        "[oracle] train",
    ]


@pytest.mark.parametrize("kind", [Lines, Terminal])
def test_model_text_cannot_steer_the_terminal(kind):
    stream = io.StringIO()
    with kind(stream) as progress:
        progress.say("look \x1b[2J\r\x07[bold]here[/bold]")
        progress.begin("stage [red]x[/red] \x1b]0;title", 3)
        progress.beside("arm").say("\x1b[1A")
        progress.row({"round": "\x1b[31m"})
        if isinstance(progress, Terminal):
            Console(file=stream).print(progress.picture())
    assert not set("\x1b\r\x07") & set(stream.getvalue())
    assert "[bold]here[/bold]" in stream.getvalue()
    assert "[red]x[/red]" in stream.getvalue()


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("level 5", 0.744, "74"),
        ("level 5", 1, "100"),
        ("level 5", None, "—"),
        ("critic AUROC", 0.934, "0.93"),
        ("critic AUROC", float("nan"), "—"),
        ("labels", 3600, "3,600"),
        ("promoted", True, "yes"),
        ("promoted", False, "no"),
        ("promoted", None, "—"),
    ],
)
def test_cells_are_short_and_nothing_measured_is_a_dash(key, value, shown):
    assert cell(key, value) == shown


def screen(width: int = 80) -> Console:
    return Console(file=io.StringIO(), force_terminal=False, width=width)


def test_the_table_grows_by_a_row_a_round_and_fits_eighty_columns():
    console = screen()
    with Terminal(console=console) as progress:
        progress.begin("attack")
        progress.row(ROW | {"round": 0, "promoted": None})
        progress.row(ROW)
        progress.row({"round": 2, "promoted": False, "unknown": 7})
    lines = [line for line in console.file.getvalue().splitlines() if line.strip()]
    heading, first, second, third = lines[-4:]
    assert heading.split()[:3] == ["round", "L1", "L2"]
    assert first.split()[0] == "0"
    assert first.split()[-1] == "—"
    assert second.split()[-3:] == ["3,600", "12", "yes"]
    assert third.split() == ["2", *"—" * 11, "no"]
    assert max(map(len, lines)) <= 80


def test_arms_beside_have_a_bar_each_with_their_round():
    console = screen(100)
    progress = Terminal(console=console)
    oracle = progress.beside("oracle")
    progress.begin("answer", 10)
    oracle.begin("answer", 10)
    oracle.row({"round": 2})
    oracle.begin("train", 40)
    oracle.advance(30)
    progress.advance(4)
    console.print(progress.picture())
    progress.close()
    text = console.file.getvalue()
    assert "oracle after round 2: train" in text
    assert "30/40" in text
    assert "4/10" in text


def test_a_stage_without_a_total_forgets_the_total_before_it():
    console = screen(100)
    progress = Terminal(console=console)
    progress.begin("answer", 10)
    progress.begin("wait")
    progress.advance(3)
    console.print(progress.picture())
    progress.close()
    assert "3/?" in console.file.getvalue()


def test_closing_twice_is_harmless():
    progress = Terminal(console=screen())
    progress.begin("x", 1)
    progress.close()
    progress.close()


def test_a_finished_run_says_once_that_it_is_read(tmp_path):
    stream = io.StringIO()
    assert isinstance(watch(stream=stream, folder=tmp_path), Lines)
    (tmp_path / "summary.json").write_text("{}")
    with watch(stream=stream, folder=tmp_path) as progress:
        assert not stream.getvalue()
        for stage in ("answer", "train"):
            progress.begin(stage, 200)
            progress.beside("oracle").begin(stage, 200)
            progress.advance(200)
        progress.row(ROW)
        progress.say("left out: 3")
    said = f"{tmp_path}: this run has finished and is read from there"
    assert stream.getvalue().splitlines() == [said, "left out: 3"]
