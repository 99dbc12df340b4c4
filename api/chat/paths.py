"""Guided paths in a conversation: the list of steps, one step at a time, and where the resident is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.chat.directives import PathWanted
from api.chat.outcome import Outcome, Workplace
from api.chat.render import Renderer
from api.conversations.messages import Button, Draft
from knowledge.models import GuidedPath, StepText

DONE = "done"
"""Stands in a payload where a step stands: the resident is done. No step has this id."""


@dataclass(frozen=True)
class Guide:
    """A path as one reader sees it."""

    renderer: Renderer
    path: GuidedPath

    @property
    def language(self) -> str:
        """The language that the path is shown in: the reader's, else English."""
        return self.renderer.language if self.renderer.language in self.path.titles else "en"

    @property
    def title(self) -> str:
        """The situation."""
        return self.path.titles[self.language]

    def place(self, step: str | None) -> int | None:
        """Where a step stands in the order, from 0."""
        return next((place for place, each in enumerate(self.path.steps) if each.id == step), None)

    def text(self, place: int) -> StepText:
        """A step's words, in English where they are not translated."""
        texts = self.path.steps[place].texts
        return texts.get(self.language) or texts["en"]

    def overview(self, resume: int | None) -> Draft:
        """Every step's title in order. `resume`: where the resident was."""
        words = self.renderer.words
        lines = []
        for place in range(len(self.path.steps)):
            text = self.text(place)
            lines.append(f"{place + 1}. {text.title}" + (f" ({text.by})" if text.by else ""))
        parts = [*self._mark(), self.title, self.path.intros[self.language], "\n".join(lines), words("disclaimer")]
        buttons = [] if resume is None else [self._button("button.path_resume", resume, number=resume + 1)]
        buttons.append(self._button("button.path_start", 0))
        return self._draft(parts, [*buttons, self.renderer.person_button()])

    def step(self, place: int) -> Draft:
        """One step: by when, what, with which papers, where, and the section that it rests on."""
        words, step, text = self.renderer.words, self.path.steps[place], self.text(place)
        head = words("path.step", title=self.title, number=place + 1, total=len(self.path.steps))
        name = [text.title, *([words("path.by", when=text.by)] if text.by else [])]
        parts = [*self._mark(), head, "\n".join(name), text.text]
        if text.bring:
            parts.append("\n".join([words("path.bring"), *(f"- {document}" for document in text.bring)]))
        if text.where:
            parts.append(words("path.where", place=text.where))
        if step.practice:
            parts.append(words("practice_confirm"))
        return self._draft(parts, self._step_buttons(place), place)

    def _step_buttons(self, place: int) -> list[Button]:
        buttons = []
        if place + 1 < len(self.path.steps):
            buttons.append(self._button("button.path_next", place + 1))
        if place:
            buttons.append(self._button("button.path_back", place - 1))
        section = self.renderer.served(self.path.steps[place].section)
        assert section  # a path is served only while all its sections are
        return [
            *buttons,
            self.renderer.button("button.path_all", f"path:{self.path.id}"),
            self.renderer.button("button.path_done", f"path:{self.path.id}:{DONE}"),
            self.renderer.section_button(section),
            self.renderer.person_button(),
        ]

    def _button(self, key: str, place: int, **values: Any) -> Button:
        return self.renderer.button(key, f"path:{self.path.id}:{self.path.steps[place].id}", **values)

    def _mark(self) -> list[str]:
        return [] if self.language == self.renderer.language else [self.renderer.words("shown_in_english")]

    def _draft(self, parts: list[str], buttons: list[Button], place: int | None = None) -> Draft:
        shown: dict[str, Any] = {
            "id": self.path.id,
            "title": self.title,
            "total": len(self.path.steps),
            "url": f"/paths/{self.path.id}?language={self.renderer.spoken}",
        }
        if place is not None:
            shown |= {"step": self.path.steps[place].id, "number": place + 1}
        payload = {"path": shown}
        return Draft("assistant", "\n\n".join(parts), self.renderer.spoken, payload=payload, buttons=buttons)


def choose(work: Workplace, value: str) -> Outcome:
    """A button: `<path>` shows the steps, `<path>:<step>` one of them, `<path>:done` ends it."""
    slug, _, step = value.partition(":")
    if step == DONE:
        work.conversation.path = work.conversation.path_step = None
        return Outcome([work.renderer.say("path.done", {}, [work.renderer.person_button()])])
    return _show(work, slug, step or None)


def wanted(work: Workplace, directive: PathWanted) -> Draft:
    """What "show me the steps" and "next" come to: the remembered path, the one that fits the last answer, or a list."""
    conversation, renderer = work.conversation, work.renderer
    remembered = renderer.path(conversation.path) if conversation.path else None
    fitting = renderer.path_beside(conversation.last_section) if conversation.last_section else None
    if directive.id:
        return _show(work, directive.id, directive.step).drafts[0]
    if remembered and (directive.step == "next" or fitting in (None, remembered) or _names(work, remembered)):
        return _go_on(work, remembered, directive.step == "next")
    if fitting:
        return _show(work, fitting.id, None).drafts[0]
    return _list(renderer)


def _go_on(work: Workplace, path: GuidedPath, ahead: bool) -> Draft:
    """The step where the resident was, or the one after it."""
    place = Guide(work.renderer, path).place(work.conversation.path_step)
    if place is None:
        return _show(work, path.id, path.steps[0].id if ahead else None).drafts[0]
    return _show(work, path.id, path.steps[min(place + ahead, len(path.steps) - 1)].id).drafts[0]


def _names(work: Workplace, path: GuidedPath) -> bool:
    """Whether the section that was read last is one of the path's own steps."""
    return any(step.section == work.conversation.last_section for step in path.steps)


def _show(work: Workplace, slug: str, step: str | None) -> Outcome:
    """Show a path or one of its steps, and remember where the resident is."""
    path = work.renderer.path(slug)
    if path is None:
        return Outcome([work.renderer.say("path.gone", {}, [work.renderer.person_button()])])
    guide, conversation = Guide(work.renderer, path), work.conversation
    if conversation.path != path.id:
        conversation.path, conversation.path_step = path.id, None
    conversation.failed_answers = 0
    place = guide.place(step)
    if place is None:
        return Outcome([guide.overview(guide.place(conversation.path_step))])
    conversation.path_step = path.steps[place].id
    return Outcome([guide.step(place)])


def _list(renderer: Renderer) -> Draft:
    """Every situation, as buttons."""
    buttons: list[Button] = [
        {"title": Guide(renderer, path).title, "payload": f"path:{path.id}"} for path in renderer.paths()
    ]
    if not buttons:
        return renderer.say("path.gone", {}, [renderer.person_button()])
    return renderer.say("path.choose", {}, [*buttons, renderer.person_button()])
