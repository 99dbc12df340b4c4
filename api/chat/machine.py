"""Passages without a curated version in the reader's language: translated by machine before they are rendered."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from api.chat.retrieval import RetrievalClient, RetrievalUnreachable, TranslateItem
from knowledge.models import Corpus, Section, SectionText

log = structlog.get_logger(__name__)

MOST_KEPT = 5_000
MOST_ITEMS = 64
ASK_AGAIN = 30.0
"""Seconds for which a language without a package is taken to be without one."""
SOURCES = ("en", "zh")
"""What is translated: the English version, else the Chinese one."""

Words = tuple[SectionText | None, str | None, list[str] | None]


@dataclass(frozen=True)
class MachineText:
    """A section as the machine translated it. `next_steps` is empty unless all of them were translated."""

    source: str
    heading: str
    plain: str
    difference: str
    next_steps: tuple[str, ...]


class MachinePassages:
    """Translations of sections, kept in memory with the words that they were made from."""

    def __init__(self, retrieval: RetrievalClient) -> None:
        self._retrieval = retrieval
        self._kept: OrderedDict[tuple[str, str], tuple[Words, MachineText]] = OrderedDict()
        self._no_package: dict[tuple[str, str], float] = {}

    def of(self, section: Section, language: str) -> MachineText | None:
        """A section's translation, if it was prepared."""
        kept = self._kept.get((section.id, language))
        return kept[1] if kept and kept[0] == _words(section) else None

    async def prepare(self, corpus: Corpus | None, section_ids: Iterable[str], language: str) -> None:
        """Translate what these sections lack in a language. What cannot be translated now is shown as it is."""
        found = [corpus.sections[each] for each in section_ids if each in corpus.sections] if corpus else []
        for section in found:
            if language in section.texts or self.of(section, language):
                continue
            try:
                await self._translate(section, language)
            except RetrievalUnreachable:
                log.warning("retrieval_unreachable", wanted="translate")
                return

    async def _translate(self, section: Section, language: str) -> None:
        source = _source(section)
        if source is None or self._no_package.get((source, language), 0) > time.monotonic():
            return
        text = section.texts[source]
        steps = section.next_steps.get(source, [])
        wanted = [text.heading, text.plain, section.difference.get(source, ""), *steps][:MOST_ITEMS]
        sent = [words for words in wanted if words]
        items = [TranslateItem(text=words, source=source, target=language) for words in sent]
        results = await self._retrieval.translate(items)
        done = {words: result.text for words, result in zip(sent, results, strict=True) if result.machine}
        if any(words not in done for words in wanted[:3] if words):
            reasons = sorted({result.reason or "" for result in results if not result.machine})
            log.info("not_translated", section=section.id, language=language, reasons=reasons)
            if reasons == ["no_package"]:
                self._no_package[source, language] = time.monotonic() + ASK_AGAIN
            return
        translated = tuple(done[words] for words in steps if words in done)
        kept = MachineText(
            source=source,
            heading=done[text.heading],
            plain=done[text.plain],
            difference=done.get(wanted[2], ""),
            next_steps=translated if len(translated) == len(steps) else (),
        )
        self._kept[section.id, language] = _words(section), kept
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _words(section: Section) -> Words:
    """What a translation of a section is made from; published anew it may be other words."""
    source = _source(section) or ""
    return section.texts.get(source), section.difference.get(source), section.next_steps.get(source)


def _source(section: Section) -> str | None:
    return next((code for code in SOURCES if code in section.texts), None)
