"""From ids and keys to what a resident reads: the curated text in their language, else the English one, marked so."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog

from api.chat.machine import MachinePassages, MachineText
from api.conversations.messages import Button, Draft
from api.i18n import NAMES, Catalogs
from knowledge.emergencies import Emergencies
from knowledge.models import Corpus, GuidedPath, Section

log = structlog.get_logger(__name__)

LONGEST_TITLE = 90
MOST_TOPIC_SECTIONS = 12
MOST_LAYERS = 4
"""Cities and regions with a rule of their own that get a button."""
ONLY_ON_THE_MAINLAND = frozenset({"violence", "domestic-violence", "kidnapping", "self-harm", "traffic-accident"})
"""Kinds whose help has a part that is right on the mainland only."""
UNSEEN = {"web": "emergency.quick_exit", "wechat": "emergency.clear_chat"}
"""How nobody else sees what a discreet emergency says, by channel."""


@dataclass(frozen=True)
class Renderer:
    """Renders for one reader. `language` is theirs; what a catalog or brochure lacks is shown in English."""

    catalogs: Catalogs
    corpus: Corpus | None
    emergencies: Emergencies
    language: str
    today: date
    machine: MachinePassages | None = None
    channel: str = "web"
    """Where the reader is: what names the page or its buttons is said on the web only."""

    @property
    def spoken(self) -> str:
        """The language of the system's own words for this reader."""
        return self.language if self.language in self.catalogs.languages else "en"

    def words(self, key: str, **values: Any) -> str:
        """Our own words; raises KeyError for an unknown key or missing value."""
        text = self.catalogs.text(self.spoken, key, **values)
        if text == key:
            raise KeyError(key)
        return text

    def served(self, section_id: str) -> Section | None:
        """A section that may be shown today."""
        section = self.corpus.sections.get(section_id) if self.corpus else None
        return section if section and not section.expired(self.today) else None

    def path(self, slug: str) -> GuidedPath | None:
        """A path that may be shown today."""
        path = self.corpus.paths.get(slug) if self.corpus else None
        return path if path and all(self.served(step.section) for step in path.steps) else None

    def paths(self) -> list[GuidedPath]:
        """Every path that may be shown today."""
        return list(self.corpus.paths_served(self.today).values()) if self.corpus else []

    def path_beside(self, section_id: str) -> GuidedPath | None:
        """The path that is offered beside a section."""
        slug = self.corpus.paths_beside.get(section_id) if self.corpus else None
        return self.path(slug) if slug else None

    def topic_name(self, slug: str) -> str | None:
        """A topic's name for this reader."""
        topic = self.corpus.topics.get(slug) if self.corpus else None
        return self.catalogs.name(self.language, f"topic.{slug}", topic.names) if topic else None

    def place(self, jurisdiction: str) -> str:
        """A jurisdiction's name for this reader."""
        city = self.corpus.cities.get(jurisdiction) if self.corpus else None
        if city is None:
            return jurisdiction
        return self.catalogs.name(self.language, f"widget.jurisdiction.{jurisdiction}", city.names)

    def shown_language(self, section: Section) -> str:
        """The language a section is shown in: the reader's, else English, else Chinese."""
        return next(code for code in (self.language, "en", "zh", *section.texts) if code in section.texts)

    def translated(self, section: Section) -> MachineText | None:
        """A section in the reader's language by machine, if it has no version in it and was translated."""
        if self.machine is None or self.language in section.texts:
            return None
        return self.machine.of(section, self.language)

    def heading(self, section: Section) -> str:
        """A section's question."""
        if translated := self.translated(section):
            return translated.heading
        return section.texts[self.shown_language(section)].heading

    def url(self, section: Section) -> str:
        """The section's place on its brochure's page."""
        return f"/brochures/{section.brochure}?language={self.spoken}#{section.id.split('#')[1]}"

    def section(self, section: Section) -> dict[str, Any]:
        """A section as the API shows it."""
        assert self.corpus
        language = self.shown_language(section)
        translated = self.translated(section)
        shown: dict[str, Any] = {
            "brochure": section.brochure,
            "section": section.id.split("#")[1],
            "title": self.heading(section),
            "text": self._text(section, language),
            "language": self.language if translated else language,
            "translation": "machine" if translated else "curated" if language == self.language else "none",
            "jurisdiction": section.jurisdiction,
            "verified_on": section.verified_on.isoformat(),
            "url": self.url(section),
            "basis": [self._basis(section, index) for index in range(min(4, len(section.basis)))],
        }
        if section.effective_from:
            shown["effective_from"] = section.effective_from.isoformat()
        if translated:
            shown["original"] = self._original(section, translated.source)
        general = self.served(section.differs_from) if section.differs_from else None
        if general and section.difference.get(language):
            place = {"brochure": general.brochure, "section": general.id.split("#")[1], "url": self.url(general)}
            words = translated.difference if translated else section.difference[language]
            shown["difference"] = {"text": words, **place}
        own = list(translated.next_steps) if translated else section.next_steps.get(language)
        steps = own or section.next_steps.get("en")
        if steps:
            shown["next_steps"] = list(steps)
        return shown

    def _text(self, section: Section, language: str) -> str:
        """A section's words: first how a city's rule differs; last in which other places another rule holds."""
        if translated := self.translated(section):
            parts = [translated.difference, translated.plain]
        else:
            parts = [section.difference.get(language, ""), section.texts[language].plain]
        places = dict.fromkeys(self.place(layer.jurisdiction) for layer in self.layers(section))
        if places:
            parts.append(self.words("other_rule_in", places=", ".join(places)))
        return "\n\n".join(part for part in parts if part)

    @staticmethod
    def _original(section: Section, language: str) -> dict[str, str]:
        """What a machine translation was made from."""
        text = section.texts[language]
        parts = [text.heading, section.difference.get(language, ""), text.plain]
        return {"language": language, "text": "\n\n".join(part for part in parts if part)}

    def layers(self, section: Section) -> list[Section]:
        """Sections of cities and regions that change this section's rule there."""
        found = self.corpus.layers.get(section.id, []) if self.corpus else []
        return [layer for layer in found if self.served(layer.id)]

    def _basis(self, section: Section, index: int) -> dict[str, Any]:
        assert self.corpus
        basis = section.basis[index]
        title = basis.title(self.language, self.corpus)
        return basis.model_dump(exclude_none=True) | {"title": title}

    def near(self, section: Section) -> dict[str, Any]:
        """A section without its text."""
        return {
            "brochure": section.brochure,
            "section": section.id.split("#")[1],
            "topic": section.topic,
            "title": self.heading(section),
            "url": self.url(section),
        }

    def answer(
        self, section_ids: list[str], confidence: float, second_topic: str | None = None, intro: str | None = None
    ) -> Draft | None:
        """The message that answers; None when none of the sections may be shown."""
        sections = [section for section_id in section_ids if (section := self.served(section_id))]
        if not sections:
            return None
        first = sections[0]
        payload: dict[str, Any] = {
            "answer": {
                "topic": first.topic,
                "confidence": round(confidence, 4),
                "sections": [self.section(section) for section in sections],
            }
        }
        parts = [self.words(intro)] if intro else []
        parts.append(self.section_text(first, others=sections[1:]))
        if first.sensitive:
            payload["handoff"] = {"stage": "offered"}
            parts.insert(-1, self.words("handoff.offered"))
        return Draft(
            role="assistant",
            text="\n\n".join(parts),
            language=self.spoken,
            payload=payload,
            buttons=self._answer_buttons(sections, second_topic),
        )

    def section_text(self, section: Section, others: list[Section]) -> str:
        """The whole answer as a person reads it."""
        shown = self.section(section)
        parts = []
        if shown["translation"] == "none":
            parts.append(self.words("shown_in_chinese" if shown["language"] == "zh" else "shown_in_english"))
        if shown["translation"] == "machine":
            parts.append(self.words("shown_by_machine"))
        parts += [shown["title"], shown["text"]]
        if section.practice:
            parts.append(self.words("practice_confirm"))
        basis = [f"- {basis['title']}" for basis in shown["basis"]]
        parts.append("\n".join([self.words("basis_heading"), *basis]))
        if shown.get("next_steps"):
            steps = [f"{number}. {step}" for number, step in enumerate(shown["next_steps"], start=1)]
            parts.append("\n".join([self.words("next_steps_heading"), *steps]))
        where = [self.words("applies_in", place=self.place(section.jurisdiction))]
        if section.effective_from:
            where.append(self.words("effective_from", date=section.effective_from))
        where.append(self.words("verified_on", date=section.verified_on))
        parts.append("\n".join(where))
        if others:
            parts.append("\n".join([self.words("see_also"), *(f"- {self.heading(other)}" for other in others)]))
        parts.append(self._standing_line(section))
        if original := shown.get("original"):
            parts.append(f"{self.words('original_text')}\n{original['text']}")
        return "\n\n".join(parts)

    def _standing_line(self, section: Section) -> str:
        line = self.words("disclaimer")
        brochure = self.corpus.brochures.get(section.brochure) if self.corpus else None
        if brochure is None or not brochure.reviewed_by_lawyer:
            line += " " + self.words("no_lawyer")
        return line

    def _answer_buttons(self, sections: list[Section], second_topic: str | None) -> list[Button]:
        path = self.path_beside(sections[0].id)
        buttons = [self.button("button.steps", f"path:{path.id}")] if path else []
        buttons += [self.section_button(section) for section in sections[1:]]
        taken = {section.id for section in sections}
        layers = [layer for layer in self.layers(sections[0]) if layer.id not in taken][:MOST_LAYERS]
        taken |= {layer.id for layer in layers}
        related = [found for other in sections[0].related if other not in taken and (found := self.served(other))]
        buttons += [self.section_button(section) for section in [*layers, *related[:2]]]
        if second_topic and (name := self.topic_name(second_topic)):
            buttons.append({"title": name, "payload": f"topic:{second_topic}"})
        buttons += [self.button("button.helpful", "feedback:yes"), self.button("button.not_helpful", "feedback:no")]
        return [*buttons, self.person_button()]

    def section_button(self, section: Section) -> Button:
        """A button that shows a section."""
        return {"title": shortened(self.heading(section)), "payload": f"section:{section.id}"}

    def button(self, key: str, payload: str, **values: Any) -> Button:
        """A button with our own words; a topic's name comes from the knowledge."""
        name = self.topic_name(key.removeprefix("topic.")) if key.startswith("topic.") else None
        return {"title": shortened(name or self.words(key, **values)), "payload": payload, "key": key, "values": values}

    def person_button(self) -> Button:
        """The button that asks for a person."""
        return self.button("button.person", "handoff:offer")

    def own_name(self, language: str) -> str:
        """A language's name in itself."""
        return NAMES.get(language, language)

    def language_button(self, language: str) -> Button:
        """The button that switches to a language, in that language."""
        return {"title": self.own_name(language), "payload": f"language:{language}"}

    def topic(self, slug: str) -> Draft:
        """A topic's questions, as buttons."""
        name = self.topic_name(slug)
        found = [s for s in self.corpus.sections.values() if s.topic == slug] if self.corpus else []
        sections = [section for section in found if self.served(section.id)]
        if not name or not sections:
            return self.say("topic_empty", buttons=[self.person_button()])
        buttons = [self.section_button(section) for section in sections[:MOST_TOPIC_SECTIONS]]
        return self.say("topic_sections", {"topic": name}, [*buttons, self.person_button()])

    def say(
        self,
        key: str,
        values: dict[str, Any] | None = None,
        buttons: list[Button] | None = None,
        payload: dict[str, Any] | None = None,
        role: str = "assistant",
    ) -> Draft:
        """A message in our own words, its key and values kept beside the text; an unknown key says that we failed."""
        values = values or {}
        try:
            text = self.words(key, **values)
        except (KeyError, IndexError, ValueError, TypeError):
            log.error("words_missing", key=key)
            key, values, text = "error_try_again", {}, self.words("error_try_again")
        return Draft(role, text, self.spoken, key=key, values=values, payload=payload, buttons=buttons or [])

    def failure(self, unreachable: bool, jurisdiction: str | None) -> Draft:
        """What a resident is told when the bot failed them: why, what still works, and the way to a person."""
        numbers = ", ".join(dict.fromkeys(self.emergencies.services(jurisdiction).values()))
        return self.say(
            "bot_unreachable" if unreachable else "error_try_again",
            {"numbers": numbers} if unreachable else {},
            [self.person_button()],
            {"handoff": {"stage": "offered"}},
        )

    def emergency(self, kind: str, jurisdiction: str | None, typed: str | None = None) -> list[Draft]:
        """Numbers first, then the card for a passer-by, then help and a person. `typed`: the number that they wrote."""
        numbers = self.emergencies.numbers(kind, jurisdiction, typed)
        first = self.say(
            "emergency.numbers",
            {"numbers": ", ".join(numbers)},
            payload={"emergency": {"kind": kind, "numbers": numbers}},
        )
        first.text = f"{self.emergency_title(kind, jurisdiction)}\n\n{first.text}"
        card = self.say("emergency.card", {"card": self.emergencies.card(kind, jurisdiction)})
        help_ = self._help(kind, jurisdiction)
        if self.emergencies.discreet(kind) and (unseen := UNSEEN.get(self.channel)):
            help_.text += f"\n\n{self.words(unseen)}"
        return [first, card, help_]

    def emergency_title(self, kind: str, jurisdiction: str | None) -> str:
        """A kind of emergency in a few words, some of which name the number that is right there."""
        return self.words(f"emergency.{kind}.title", **self.emergencies.services(jurisdiction))

    def _help(self, kind: str, jurisdiction: str | None) -> Draft:
        """What to do. Lines and rules of the mainland are named only where they are right."""
        values = {"mainland": "", **self.emergencies.services(jurisdiction)}
        if kind in ONLY_ON_THE_MAINLAND and not self.emergencies.elsewhere(kind, jurisdiction):
            values["mainland"] = self.words(f"emergency.{kind}.mainland")
        help_ = self.say(f"emergency.{kind}.help", values, [self.person_button()], {"handoff": {"stage": "offered"}})
        help_.text = re.sub(" {2,}", " ", help_.text).strip()
        return help_


def global_id(shown: dict[str, Any]) -> str:
    """The id of a section as the API shows it, among all sections."""
    return f"{shown['brochure']}#{shown['section']}"


def shortened(title: str) -> str:
    """A button's title that fits a button."""
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def offer_person(draft: Draft, renderer: Renderer, key: str) -> None:
    """Put the way to a person beside a message."""
    if draft.payload and "handoff" in draft.payload:
        return
    draft.payload = (draft.payload or {}) | {"handoff": {"stage": "offered"}}
    draft.text = f"{draft.text}\n\n{renderer.words(key)}"
    if not any(button["payload"] == "handoff:offer" for button in draft.buttons):
        draft.buttons = [*draft.buttons, renderer.person_button()]
