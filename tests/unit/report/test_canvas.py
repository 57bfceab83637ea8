import re

from superalign.report.canvas import Canvas


def test_positions_follow_the_axes():
    canvas = Canvas((1, 5), (0, 1), 200, "t")
    assert canvas.across(1) == "0.000%"
    assert canvas.across(4) == "75.000%"
    assert canvas.down(1) == 0
    assert canvas.down(0.25) == 150


def test_a_curve_is_drawn_in_its_stretched_frame():
    canvas = Canvas((0, 4), (0, 1), 100, "t")
    canvas.curve([(0, 0), (1, 0.5), (4, 1)], "end")
    assert 'points="0.0,100.0 250.0,50.0 1000.0,0.0"' in canvas.svg()


def test_a_band_goes_out_along_the_top_and_back_along_the_bottom():
    canvas = Canvas((0, 1), (0, 1), 10, "t")
    canvas.band([(0, 0.6), (1, 0.8)], [(0, 0.4), (1, 0.2)], "end")
    assert 'points="0.0,4.0 1000.0,2.0 1000.0,8.0 0.0,6.0"' in canvas.svg()


def test_a_column_stands_on_the_ground():
    canvas = Canvas((0, 10), (0, 4), 100, "t")
    canvas.column(5, 2, 1, "bar")
    assert re.search(r'x="40.000%" width="20.000%" y="75.0" height="25.0"', canvas.svg())


def test_every_word_is_escaped():
    canvas = Canvas((0, 1), (0, 1), 10, '"<b>', '"<i>')
    canvas.text(0, 0, "<script>", '"<k>', '"<a>')
    canvas.dot(0, 0, '"<k>', "<script>")
    canvas.grid([0], ["<script>"])
    canvas.curve([(0, 0)], '"<k>')
    assert not re.search(r"<(script|b|i|k|a)>", canvas.svg())
