import json
import re
from html.parser import HTMLParser

import pytest
from summaries import LEVELS, chains_summary, guard_summary, weak_to_strong_summary

from superalign.errors import BadInput
from superalign.report.page import write_report

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags close in order."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def write(tmp_path):
    def write(summary, extra=None):
        (tmp_path / "summary.json").write_text(json.dumps(summary))
        if extra is not None:
            (tmp_path / "report.json").write_text(json.dumps(extra))
        path = write_report(tmp_path)
        assert path == tmp_path / "report.html"
        return path.read_text()

    return write


OWN = {
    "recipe": "own",
    "learner": "some/model",
    "defects": {
        "start": {"rate": 0.4, "n": 50, "low": 0.28, "high": 0.54, "unscored": 7},
        "end": {"rate": 0.2, "n": 50, "low": 0.11, "high": 0.33},
        "over": "held-out problems",
    },
    "passed": {"rate": 0.5, "n": 8, "low": 0.22, "high": 0.78, "unscored": {"error": 2}},
    "exports": [{"file": "pairs.jsonl", "rows": 1300}, {"file": "suite.jsonl", "unit": None}],
}
SUMMARIES = {"chains": chains_summary(), "guard": guard_summary(), "own": OWN}


@pytest.mark.parametrize("recipe", SUMMARIES)
def test_the_page_stands_alone_and_runs_no_script(write, recipe):
    html = write(SUMMARIES[recipe])
    page = Page(html)
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not [k for k, _ in page.attributes if k in {"src", "href"} or k.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", html)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert len(html) < 200_000


def test_the_chains_page_tells_its_story_in_order(write):
    page = Page(write(chains_summary()))
    told = [
        "On problems harder than any that people labelled (levels 5 to 8) the learner rose",
        "people could label up to level 3",
        "Round by round",
        "a perfect critic (the ceiling)",
        "Can the critic be trusted?",
        "3,600 labels in all",
        "level 2 fell from 100% to 97%",
        "critic: here",
        "superalign run chains --preset quick --seed 1",
        "0123abcd",
    ]
    places = [page.text.index(words) for words in told]
    assert places == sorted(places)


def test_the_figures_show_the_figures_of_the_summary(write):
    summary = chains_summary()
    html = write(summary)
    for level in LEVELS:
        found = summary["accuracy_by_level"]["end"][str(level)]
        share = 100 * found["rate"]
        want = f"level {level}, end: {share:.0f}% ({100 * found['low']:.0f} to "
        assert want in html
    assert "+41.5 points (+36.0 to +47.0)" in html
    reached = summary["baselines"]["majority"]["hard_levels"]["end"]["rate"]
    assert f"→ {100 * reached:.0f}%" in html
    assert f"<b>{100 * summary['gap_recovered']:.0f}%</b> of what a perfect critic gains" in html


def test_model_text_is_escaped_wherever_it_stands(write):
    hostile = chains_summary()
    for failure in hostile["failures"]:
        failure |= {"prompt": ATTACK, "solution": ATTACK + "\n#1", "critique": ATTACK}
    hostile["rounds"][0]["reasons"] = [ATTACK]
    hostile["provenance"] |= {"config": {ATTACK: ATTACK}, "command": ATTACK}
    hostile["baselines"][ATTACK] = hostile["baselines"]["oracle"]
    hostile["seconds_by_stage"] = {ATTACK: 1.0}
    hostile |= {"sentence": ATTACK, "preset": ATTACK}
    page = Page(write(hostile))
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count("<script>alert(1)</script>") > 20


def test_model_text_is_escaped_on_the_other_pages_too(write):
    guard = guard_summary() | {"sentence": ATTACK, "by_family": {}}
    guard["by_family"][ATTACK] = {"seen": True, **guard["over_refusal"]}
    own = OWN | {
        "recipe": ATTACK,
        ATTACK: OWN["defects"],
        "note": ATTACK,
        "rows": [{ATTACK: ATTACK}],
    }
    for summary in (guard, own):
        page = Page(write(summary))
        assert not {"script", "img"} & set(page.tags)
        assert "<script>alert(1)</script>" in page.text


def test_the_step_that_the_critic_faults_is_marked_and_gold_may_differ(write):
    summary = chains_summary()
    solution = "one\ntwo\n#3"
    summary["failures"] = [
        {
            "level": 8,
            "prompt": "p",
            "solution": solution,
            "faulted_step": 1,
            "gold_first_error": 0,
        }
    ]
    html = write(summary)
    lines = re.findall(r"<li.*?</li>", html)
    assert len(lines) == 3
    assert [("faulted" in line, "gold: first" in line) for line in lines] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    assert "first wrong in line 1" in html


def test_what_only_the_page_needs_may_stand_in_a_file_of_its_own(write):
    summary, moved = chains_summary(), {}
    moved["failures"] = summary.pop("failures")
    moved["critic"] = {"reliability": summary["critic"].pop("reliability")}
    assert write(summary, moved) == write(chains_summary(), {})


def test_a_run_that_measured_little_still_has_a_page(write):
    full = chains_summary()
    keys = ("recipe", "accuracy_by_level", "hard_levels", "human_labels")
    few = {k: full[k] for k in keys}
    few["accuracy_by_level"]["end"].pop("8")
    few["human_labels"] = {"total": 0, "by_level": {}}
    text = Page(write(few)).text
    assert "using no human label" in text
    assert "not measured" in text
    assert "No failure was recorded" in text


def test_a_run_of_one_round_and_unmeasured_levels_is_drawn(write):
    summary = chains_summary()
    nothing = {"rate": None, "n": 0, "low": None, "high": None}
    summary["accuracy_by_round"] = summary["accuracy_by_round"][:1]
    summary["accuracy_by_round"][0]["by_level"]["7"] = nothing
    summary["accuracy_by_level"]["start"]["7"] = nothing
    summary["critic"]["auroc_by_level"]["1"] = None
    assert "NaN" not in write(summary)


def test_the_guard_page_keeps_seen_and_held_out_disguises_apart(write):
    text = Page(write(guard_summary())).text
    held_out = text.index("Disguises it never trained on")
    seen = text.index("Disguises it trained on")
    assert held_out < text.index("splitting") < seen < text.index("role play")
    assert "52% → 14%" in text


def test_any_other_summary_becomes_figures_pairs_and_tables(write):
    text = Page(write(OWN)).text
    assert "defects 40% → 20%" in text
    assert "learner some/model" in text
    assert "defects · start · unscored 7 defects · over held-out problems" in text
    assert "passed 50% (22 to 78; n 8) passed · unscored · error 2" in text
    assert "file rows unit pairs.jsonl 1,300 not measured" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ('{"seed": 1}', "recipe: is missing"),
        ('{"recipe": "chains"}', "accuracy_by_level: is missing"),
        ('{"recipe": "guard", "attack_success": 3}', "attack_success: "),
    ],
)
def test_a_bad_summary_gets_one_line_that_names_file_and_field(tmp_path, content, says):
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    with pytest.raises(BadInput) as error:
        write_report(tmp_path)
    line = str(error.value)
    assert line.startswith(str(tmp_path / "summary.json"))
    assert says in line
    assert "\n" not in line


def test_a_weak_to_strong_grid_is_a_table_and_both_plots(write):
    summary = weak_to_strong_summary()
    page = Page(write(summary))
    assert summary["sentence"] in page.text
    assert "50% (20 to 90)" in page.text
    assert "no gap" in page.text
    assert "early_stop_gold cheats" in page.text
    assert "taught by large" in page.text
    assert "folder/large" not in page.text
    assert page.tags.count("svg") >= 2 * 2 + 1
    assert "Share of the gap recovered by the size of the gap, 95% intervals" in {
        value for name, value in page.attributes if name == "aria-label"
    }
    assert page.text.count("65%") == 8


def test_without_any_gap_there_is_no_plot_of_gaps(write):
    summary = weak_to_strong_summary()
    for pair in summary["pairs"]:
        pair["gap_recovered"] = {"value": 0.3, "low": None, "high": None, "no_gap": False}
    page = Page(write(summary))
    assert "by the size of the gap" not in page.text
    assert "30% (of a gap not told apart from none)" in page.text


def test_hostile_names_of_sizes_and_losses_are_text(write):
    summary = json.loads(
        json.dumps(weak_to_strong_summary()).replace(
            "small", ATTACK.replace('"', "'").replace("/", "")
        )
    )
    page = Page(write(summary))
    assert "script" not in page.tags
    assert "img" not in page.tags
