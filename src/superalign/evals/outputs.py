"""What a model of Inspect said, as a reply of ours."""

from __future__ import annotations

from inspect_ai.model import ModelOutput

from superalign.records import Reply


def reply_of(output: ModelOutput) -> Reply:
    """Return an output as a reply; an error or a filter leaves none."""
    if output.error or output.stop_reason == "content_filter":
        return Reply(text="", stop="error", error=output.error or "filtered")
    cut = output.stop_reason in ("max_tokens", "model_length")
    return Reply(text=output.completion, stop="length" if cut else "end")
