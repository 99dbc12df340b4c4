"""What is passed to a person: built without language, shown in the resident's and in the mediator's."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.chat.render import Renderer
from api.conversations.messages import Draft
from api.conversations.models import Conversation
from api.handoff.hours import DeskHours
from api.i18n import language_name

KEYS = ("language", "topic", "asked", "found", "wants", "contact")
STAFF_LANGUAGES = ("zh", "en")
EMAIL = re.compile(r"[^@\s<>,;:()\"']+@[^@\s<>,;:()\"']+\.[^@\s<>,;:()\"'.]+")
Lines = list[dict[str, Any]]


def build(conversation: Conversation, reason: str, language: str, asked: Sequence[str]) -> Lines:
    """The lines, of what the conversation already knows."""
    return [
        {"key": "language", "language": language},
        {"key": "topic", "topic": conversation.last_topic},
        {"key": "asked", "text": "\n".join(asked)},
        {"key": "found", "section": conversation.last_section},
        {"key": "wants", "reason": reason},
        {"key": "contact"},
    ]


def edited(lines: Lines, changes: dict[str, str | None]) -> Lines:
    """The lines with a resident's changes; None removes a line, a text for a removed line brings it back."""
    by_key = {line["key"]: line for line in lines}
    for key, text in changes.items():
        if text is None:
            by_key.pop(key, None)
        else:
            by_key[key] = {"key": key, "text": text, "edited": True}
    return [by_key[key] for key in KEYS if key in by_key]


def email_in(lines: Lines) -> str | None:
    """The mail address in the contact line."""
    contact = next((line.get("text", "") for line in lines if line["key"] == "contact"), "")
    found = EMAIL.search(contact)
    return found.group()[:254] if found else None


def packet(lines: Lines, renderer: Renderer, hours: DeskHours, now: datetime) -> dict[str, Any]:
    """The packet as a reader sees it."""
    shown = [
        {"key": line["key"], "label": renderer.words(f"packet.{line['key']}"), "text": _line_text(line, renderer)}
        for line in lines
    ]
    notice = [renderer.words(f"handoff.notice_{part}") for part in ("who", "duty", "not_needed")]
    desk = {"open": hours.open_at(now), "hours": hours.text(renderer.spoken)}
    return {"lines": shown, "notice": notice, "desk": desk}


def _line_text(line: dict[str, Any], renderer: Renderer) -> str:
    if "text" in line:
        return str(line["text"])
    match line["key"]:
        case "language":
            return language_name(line["language"], renderer.language)
        case "topic":
            name = renderer.topic_name(line["topic"]) if line["topic"] else None
            return name or renderer.words("packet.topic_unknown")
        case "found":
            section = renderer.served(line["section"]) if line["section"] else None
            if section is None or renderer.corpus is None:
                return renderer.words("packet.found_nothing")
            return f"{renderer.heading(section)} ({section.basis[0].title(renderer.language, renderer.corpus)})"
        case "wants":
            return renderer.words(f"packet.wants_{line['reason']}")
    return renderer.words("packet.contact_none")


def confirm_draft(lines: Lines, renderer: Renderer, hours: DeskHours, now: datetime) -> Draft:
    """The message that shows the packet and asks whether to pass it on."""
    shown = packet(lines, renderer, hours, now)
    draft = renderer.say(
        "handoff.confirm",
        {},
        [renderer.button("button.confirm", "handoff:confirm"), renderer.button("button.cancel", "handoff:cancel")],
        {"handoff": {"stage": "confirm", "packet": shown}},
    )
    draft.text = confirm_text(shown, renderer)
    return draft


def confirm_text(shown: dict[str, Any], renderer: Renderer) -> str:
    """The packet's message as a person reads it, notices before the question."""
    lines = "\n".join(f"{line['label']}: {line['text']}" for line in shown["lines"])
    return "\n\n".join([renderer.words("handoff.confirm"), lines, *shown["notice"]])
