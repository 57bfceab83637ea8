"""OmniPlay through a real endpoint on loopback, killed and resumed, and under Inspect."""

from __future__ import annotations

import base64
import io
import json
import wave

import pytest

from endpoints import completion, endpoint
from superalign.cli import main
from superalign.policies import remote
from superalign.problems.omniplay.pictures import seen
from superalign.problems.omniplay.play import WORLDS
from superalign.problems.omniplay.sounds import heard

pytestmark = pytest.mark.slow


def listens(asked, i):
    """Answer by what is heard, as a model with ears would; it sees pictures and ignores them."""
    *_, last = asked["messages"]
    parts = last["content"]
    sounds = [p["input_audio"] for p in parts if p["type"] == "input_audio"]
    pictures = [p["image_url"]["url"] for p in parts if p["type"] == "image_url"]
    assert all(p.startswith("data:image/png;base64,") for p in pictures)
    if not sounds:
        return completion("nothing was said")
    assert [s["format"] for s in sounds] == ["wav"]
    words = heard(base64.b64decode(sounds[0]["data"]))
    return completion(f"I heard something.\n**{' '.join(words)}**")


def evaluated(tmp_path, url, capsys, *words):
    sets = [w for word in words for w in ("--set", word)]
    command = ["eval", "omniplay", "--model", "openai/ears", "--base-url", url, "--limit", "2"]
    assert main([*command, *sets, "--out", str(tmp_path / "out"), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_real_endpoint_is_shown_data_uris_and_plays(tmp_path, capsys):
    words = ('games=["pathfinding"]', "levels=[1]", "conflict=audio:0.5")
    with endpoint(listens) as (url, requests):
        found = evaluated(tmp_path, url, capsys, *words)
        asked = len(requests)
        assert evaluated(tmp_path, url, capsys, *words) == found
        assert len(requests) == asked
    assert (found["n"], found["unscored"], found["invalid"]) == (2, 0, 0.0)
    assert found["conditions"]["clean"]["success"] == 1.0
    assert found["reliance_audio"] == 1.0
    assert found["conflict_cost"] > 0
    picture = requests[0]["messages"][1]["content"][1]["image_url"]["url"]
    pixels = seen(base64.b64decode(picture.partition(",")[2]))
    assert WORLDS["pathfinding"].palette.tiles(pixels)[15].count("G") == 1
    sound = requests[0]["messages"][1]["content"][2]["input_audio"]["data"]
    with wave.open(io.BytesIO(base64.b64decode(sound))) as file:
        assert file.getframerate() == 8000


def test_frames_are_pictures_in_order(tmp_path, capsys):
    with endpoint(lambda *_: completion("1 1")) as (url, requests):
        evaluated(tmp_path, url, capsys, 'games=["echoes"]', "levels=[1]", "present=video")
    kinds = [part["type"] for part in requests[0]["messages"][1]["content"]]
    assert kinds == ["text", *["image_url"] * 6]


def test_a_run_that_broke_off_goes_on_and_asks_no_reply_twice(tmp_path, capsys):
    words = ('games=["pathfinding"]', "levels=[1]")
    with endpoint(listens) as (url, requests):
        whole = evaluated(tmp_path / "whole", url, capsys, *words)
        needed, requests[:] = len(requests), []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("superalign.policies.remote.ask", _Breaks(after=needed // 2))
            with pytest.raises(Broken):
                evaluated(tmp_path / "broken", url, capsys, *words)
        assert 0 < len(requests) < needed
        assert evaluated(tmp_path / "broken", url, capsys, *words) == whole
        assert len(requests) <= needed + 1


class Broken(BaseException):
    """Stands for a kill."""


class _Breaks:
    def __init__(self, after):
        self.left, self.ask = after, remote.ask

    async def __call__(self, *args, **kwargs):
        if not self.left:
            raise Broken
        self.left -= 1
        return await self.ask(*args, **kwargs)


INSPECTED = """
import base64, json, os
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from superalign.problems.omniplay.sounds import heard

kinds = set()

def say(input, tools, tool_choice, config):
    parts = input[-1].content
    kinds.update(p.type for p in parts)
    sound = next(p.audio for p in parts if p.type == "audio")
    text = " ".join(heard(base64.b64decode(sound.partition(",")[2])))
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=say)
asked = {"limit": 2, "games": ["pathfinding"], "levels": [1], "present": "image+audio"}
log = eval("superalign/omniplay", model=model, display="none", task_args=asked)[0]
kept = read_eval_log(log.location)
scores = kept.results.scores if kept.results else []
print(json.dumps({
    "status": kept.status,
    "error": kept.error and kept.error.message,
    "kinds": sorted(kinds),
    "scores": {s.name: s.metrics["mean"].value for s in scores},
    "unscored": [s.unscored_samples for s in scores],
    "steps": len(kept.samples[0].scores["judge"].metadata["steps"]),
    "bytes": os.path.getsize(log.location),
}))
"""


def test_a_log_of_inspect_holds_what_was_played(played):
    found = played(INSPECTED)
    assert (found["status"], found["error"]) == ("success", None)
    assert found["kinds"] == ["audio", "image", "text"]
    assert (found["scores"]["success"], found["scores"]["invalid"]) == (1.0, 0.0)
    assert set(found["unscored"]) == {0}
    assert found["steps"] > 3
    assert found["bytes"] < 1_000_000


LACKING = """
import sys
sys.modules["PIL.Image"] = None
from inspect_ai import eval
eval("superalign/omniplay", model="mockllm/model", display="none", limit=1)
"""


def test_a_missing_package_is_said_by_inspect_too(forks, tmp_path):
    ended, said = forks.play(LACKING, tmp_path)
    assert ended != 0
    assert "pip install 'superalign[media]'" in said
