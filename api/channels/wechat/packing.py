"""What goes into a WeChat text: an answer in its short form, packed into as few texts as it needs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

from api.channels.wechat.breaks import Break, Cost, breaks, sentence_ends
from api.chat.render import Renderer, global_id

LONGEST_BYTES = 2000
"""UTF-8 bytes of a text: WeChat refuses 2,048 and more (45002)."""
MOST_TEXTS = 2
"""Texts that an answer may take of the few that WeChat allows."""

_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
_SLANTED = re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])")


@dataclass(frozen=True)
class Choice:
    """Something to choose by typing its number; `payload`: what choosing it means."""

    title: str
    payload: str


def pack(
    parts: Sequence[str], choices: Sequence[Choice] = (), *, first_number: int = 1, most_bytes: int = LONGEST_BYTES
) -> list[str]:
    """As few texts as needed, each at most `most_bytes` (4 or more) of UTF-8 long, cut where it hurts least.

    Parts are paragraphs. Choices are numbered lines at the end of the last text, cut between them only where they have to be.
    Nothing is lost but white space at a cut and around a part.
    """
    listed = "\n".join(f"{number} {choice.title.strip()}" for number, choice in enumerate(choices, start=first_number))
    text = "\n\n".join(stripped for part in [*parts, listed] if (stripped := part.strip()))
    if len(text.encode()) <= most_bytes:
        return [text] if text else []
    listed_from = len(text) - len(listed.strip())
    places = [
        replace(each, cost=max(each.cost, Cost.WORD)) if each.end > listed_from else each
        for each in breaks(text, most_bytes)
    ]
    return _fewest(text, places, most_bytes)


def _fewest(text: str, places: list[Break], most_bytes: int) -> list[str]:
    """The texts between the cuts that are fewest and, of those, hurt least; of equal ones the first texts are the fullest."""
    size = list(accumulate(map(_width, text), initial=0))
    nodes = [Break(0, 0, Cost.PARAGRAPH), *places, Break(len(text), len(text), Cost.PARAGRAPH)]
    best, came_from = [(0, 0)], [0]
    candidates = deque([0])
    for index, node in enumerate(nodes[1:], start=1):
        while size[node.end] - size[nodes[candidates[0]].start] > most_bytes:
            candidates.popleft()
        count, cost = best[candidates[0]]
        best.append((count + 1, cost + node.cost))
        came_from.append(candidates[0])
        while candidates and best[candidates[-1]] >= best[index]:
            candidates.pop()
        candidates.append(index)
    cuts = [len(nodes) - 1]
    while cuts[-1]:
        cuts.append(came_from[cuts[-1]])
    return [text[nodes[left].start : nodes[right].end] for left, right in pairwise(reversed(cuts))]


def _width(character: str) -> int:
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def compose(message: dict[str, Any], renderer: Renderer, link: Callable[[str], str | None] | None) -> list[str]:
    """The parts of a message as they go to WeChat, for `pack`. `message`: as the API shows it; `link`: of a section's page.

    Of an answer the first section goes, and the link to it in full; what else there is to read are choices. With the link
    the original of a machine translation stays away, and what needs more than MOST_TEXTS is shortened.
    """
    sections = (message.get("answer") or {}).get("sections")
    if not sections:
        return [plain(message["text"])]
    section = sections[0]
    spoken = message.get("language") or renderer.spoken
    words = partial(renderer.catalogs.text, spoken)
    url = link(global_id(section)) if link else None
    text = _without(message["text"], _see_also(message["text"], words("see_also")))
    if url is None:
        return [plain(text)]
    if original := section.get("original"):
        text = _without(text, f"{words('original_text')}\n{original['text']}")
        text = text.replace(words("shown_by_machine"), words("wechat.by_machine"), 1)
    text = f"{text}\n\n{words('wechat.full', url=url)}"
    return [plain(_shortened(text, section, words("next_steps_heading")))]


def plain(text: str) -> str:
    """A text without the asterisks of Markdown, which WeChat would show."""
    return _SLANTED.sub(r"\1", _BOLD.sub(r"\1", text))


def _see_also(text: str, heading: str) -> str:
    """The list of other sections, as it stands in a text."""
    found = re.search(rf"^{re.escape(heading)}\n(?:- .*(?:\n|\Z))+", text, re.MULTILINE)
    return found[0].strip() if found else ""


def _without(text: str, block: str) -> str:
    if not block or block not in text:
        return text
    before, _, after = text.rpartition(block)
    return "\n\n".join(part for part in (before.rstrip(), after.lstrip()) if part)


def _shortened(text: str, section: dict[str, Any], steps_heading: str) -> str:
    """An answer that fits: its words end after an earlier sentence, and if one is still too much, its last steps go too."""
    if _fits(text):
        return text
    words: str = section["text"]
    before, found, after = text.partition(words)
    if not found:
        return text
    cuts = [words[:end].rstrip() + " …" for end in sentence_ends(words)[:-1]]
    steps = [f"{number}. {step}" for number, step in enumerate(section.get("next_steps", ()), start=1)]
    for left in range(len(steps), -1, -1):
        fewer = _fewer_steps(after, steps_heading, steps, left)
        fitting = bisect_left(range(len(cuts)), True, key=lambda index: not _fits(before + cuts[index] + fewer))
        if fitting:
            return before + cuts[fitting - 1] + fewer
    return text


def _fewer_steps(text: str, heading: str, steps: list[str], left: int) -> str:
    if left == len(steps):
        return text
    shorter = "\n".join([heading, *steps[:left], "…"]) if left else ""
    return re.sub(r"\n{3,}", "\n\n", text.replace("\n".join([heading, *steps]), shorter, 1))


def _fits(text: str) -> bool:
    return len(pack([plain(text)])) <= MOST_TEXTS
