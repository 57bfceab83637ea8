"""What of a reply others may hear: what stands in a tag; all around it is private."""

from __future__ import annotations

import re

from superalign.policies.reading import LONGEST
from superalign.records import Reply

_PRIVATE = re.compile(r"<thinking>.*?</thinking>", re.DOTALL)


def said(reply: Reply, tag: str) -> str | None:
    """Return the text in the last `tag` outside of the thinking; None where there is none.

    It is not empty and at most `LONGEST` characters; a tag that is never closed holds nothing.
    """
    if not reply.came:
        return None
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", _PRIVATE.sub("", reply.text), re.DOTALL)
    text = found[-1].strip() if found else ""
    return text if 0 < len(text) <= LONGEST else None


def letter(reply: Reply) -> str | None:
    """Return the A or B that a reply answers with: in the tag `answer`, or as all it says."""
    answer = said(reply, "answer") or (reply.text.strip() if reply.came else "")
    return answer if answer in ("A", "B") else None


def spoken(text: str, tag: str = "argument") -> str:
    """Return a reply that says `text` to others."""
    return f"<{tag}>{text}</{tag}>"
