"""From a question to the sections that answer it, or to the honest result that none does."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Corpus, Section
from retrieval import followup
from retrieval.abroad import abroad
from retrieval.confidence import FEATURES, Calibration
from retrieval.encoder import Encoder, Vectors
from retrieval.index import Found, Index
from retrieval.lexical import tokens
from retrieval.places import Places

STILL_SURE = 0.9
"""Most that is claimed for a follow-up because the question before could be answered."""

KEPT = 256
"""The most questions for which what is near them is kept."""

NEXT = 1e-4
"""How far the general rule is put behind a city's rule, or before it."""


@dataclass(frozen=True)
class Weights:
    """How much each sign counts; found on our own sample questions, each left out in turn."""

    lexical: float = 0.2
    """Share of the words' score; the meaning has the rest."""
    untold: float = 0.25
    """How much of the words' share counts in a language in which most sections have no text.

    A few sample questions have too few words: what is found by them is mostly another section's.
    """
    whole: float = 0.35
    """Share of the section as a whole in the meaning; its best passage has the rest."""
    prior: float = 0.06
    """Most that a topic guessed by the bot adds."""
    layer: float = 0.06
    """What a section of the place asked about gains."""
    elsewhere: float = 0.05
    """What a section of a city loses that was not asked about."""
    brochure: float = 0.1
    """What the brochure of the previous answer gains in a follow-up."""
    same: float = 0.04
    """What the previous answer itself gains in a follow-up."""
    unwritten: float = 0.5
    """Share of the threshold that counts in a language in which most sections have no sample questions."""
    alone: float = 0.82
    """From this nearness on a short question is one that people ask as it stands."""
    previous: float = 0.45
    """Share of the previous question in one that points back to it."""
    lingering: float = 0.15
    """Share of the previous question in any other one."""
    loosely: float = 0.5
    """How much of what a follow-up gains such another question gains."""
    astray: float = 0.2
    """How much more like what is out of scope a question may be that points back, and still be one of ours: it has few words."""
    ours: float = 0.1
    """Up to this share of it may be in words that no passage has, and such a question still be one of ours."""
    torn: float = 0.05
    """A second topic is named when its best section is as near as this to the best."""
    tail: float = 0.25
    """Sections further behind the best are not shown."""


@dataclass(frozen=True)
class Context:
    """What was asked before, and the section that answered it."""

    question: str
    section: str | None = None


@dataclass(frozen=True)
class Query:
    """A question and what is known about who asks."""

    text: str
    language: str | None = None
    context: Context | None = None
    jurisdiction: str | None = None
    only_topic: str | None = None
    only_jurisdiction: str | None = None
    topic_prior: Mapping[str, float] = field(default_factory=dict)
    limit: int = 3


@dataclass(frozen=True)
class Hit:
    section: Section
    score: float


@dataclass(frozen=True)
class Outcome:
    """What was found. `hits` is empty when nothing is sure enough; `nearest` says what was near all the same."""

    answerable: bool
    confidence: float
    used_context: bool
    hits: list[Hit]
    nearest: list[Hit]
    second_topic: str | None


@dataclass(frozen=True)
class Ranking:
    """Allowed sections, best first, and how sure it is that the first answers."""

    order: NDArray[np.int64]
    scores: Vectors
    probability: float
    features: tuple[float, ...]
    outside: float


def fuse(found: Found, weights: Weights, words: float) -> Vectors:
    """One score a section from meaning and words; `words`: the share that the words have."""
    meaning = (1 - weights.whole) * found.dense + weights.whole * found.whole
    fused = (1 - words) * meaning + words * np.minimum(found.lexical, 1.0)
    return fused.astype(np.float32)


def _lead(whole: Vectors) -> float:
    """How much higher the highest is than the next."""
    if len(whole) < 2:
        return 0.0
    second, first = np.partition(whole, -2)[-2:]
    return float(first - second)


def _usual(sections: Sequence[Iterable[str]]) -> set[str]:
    """The languages that most sections have."""
    counted = Counter(language for languages in sections for language in languages)
    return {language for language, count in counted.items() if 2 * count > len(sections)}


class Searcher:
    """Searches one publication. Safe to use from several threads: what is kept of a search is never changed."""

    def __init__(
        self,
        corpus: Corpus,
        index: Index,
        encoder: Encoder,
        clock: Callable[[], date] = date.today,
        weights: Weights | None = None,
    ) -> None:
        self.corpus = corpus
        self.index = index
        self.encoder = encoder
        self.weights = weights or Weights()
        self._kept: dict[bytes, Found] = {}
        self._clock = clock
        self._places = Places(corpus)
        self._sections = [corpus.sections[key] for key in index.sections]
        self._written = _usual([section.questions for section in self._sections])
        self._told = _usual([section.texts for section in self._sections])
        self._ids = np.asarray(index.sections)
        self._topics = np.asarray([section.topic for section in self._sections])
        self._layers = np.asarray([section.jurisdiction for section in self._sections])
        self._brochures = np.asarray([section.brochure for section in self._sections])
        rows = {key: row for row, key in enumerate(index.sections)}
        self._layers_of = {
            rows[general]: [rows[layer.id] for layer in layers if layer.id in rows]
            for general, layers in corpus.layers.items()
            if general in rows
        }
        self._rules = np.arange(len(self._sections))
        for general, every in self._layers_of.items():
            self._rules[every] = general
        self._review_by = np.asarray([section.review_by.toordinal() for section in self._sections])

    def search(self, query: Query) -> Outcome:
        """The best sections for a question; with a context also for the question as continued from it."""
        found = self._find(query.text)
        ranking = self.rank(query, found)
        used_context = False
        if query.context and query.context.question.strip():
            continued = self._continue(query, query.context, found, ranking)
            if continued is not None:
                unsure = ranking.probability < self.threshold(query.language)
                used_context = unsure or bool(continued.order[0] != ranking.order[0])
                ranking = continued
        return self._outcome(query, ranking, used_context)

    def warm_up(self) -> None:
        """Asks once, so that the first real question does not wait for anything to be loaded."""
        if self._sections:
            self.search(Query("visa 签证"))

    def served_count(self) -> int:
        """How many sections may be shown today."""
        return int((self._review_by >= self._clock().toordinal()).sum())

    def _find(self, text: str) -> Found:
        """What is near a text. The last ones are kept, under a digest: a follow-up asks for the question before it again."""
        key = hashlib.blake2b(text.encode("utf-8", "replace")).digest()
        found = self._kept.get(key)
        if found is None:
            found = self.index.find(text, self.encoder.encode([text])[0])
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _continue(self, query: Query, context: Context, found: Found, alone: Ranking) -> Ranking | None:
        """The ranking with the question before in mind, or None when that says nothing.

        A question that points back leans on it; any other one is coloured by it, for people do not say twice what they
        talk about ("he just isn't filing anything, can I do it myself?"), and a new matter is far enough from the old.
        """
        threshold = self.threshold(query.language)
        known = alone.probability >= threshold
        leans, short = followup.leans(query.text, query.language), followup.short(query.text)
        if alone.probability < threshold / 2 and self._strange(found, alone, leans, short):
            return None
        stands = known and (not leans or (alone.features[1] >= self.weights.alone and not short))
        points = (leans or short) and not stands
        before = self._find(context.question)
        both = found.mixed(before, self.weights.previous if points else self.weights.lingering)
        continued = self.rank(query, both, context, 1.0 if points else self.weights.loosely)
        if not len(continued.order):
            return None
        if not points:
            return replace(continued, probability=max(continued.probability, alone.probability))
        # What could be answered before can be answered on: a few words that point back say little by themselves.
        earlier = self.rank(replace(query, text=context.question), before).probability
        sure = max(continued.probability, min(earlier, STILL_SURE))
        return None if known and sure < threshold else replace(continued, probability=sure)

    def _strange(self, found: Found, alone: Ranking, leans: bool, short: bool) -> bool:
        """Whether a question is none of ours, whatever was talked about. A few words that point back say too little for that."""
        if leans and short:
            return alone.outside > max(alone.features[1], 0.5)
        around = found.around
        if leans or short:
            return around.side < around.beyond - self.weights.astray and around.unknown > self.weights.ours
        return around.side < around.beyond

    def threshold(self, language: str | None) -> float:
        """The probability from which an answer is given; lower in a language in which few sections have sample questions.

        There hardly any words are in common, so the same nearness is stronger evidence.
        """
        threshold = self.index.calibration.threshold if self.index.calibration else 0.5
        return threshold * self.weights.unwritten if language and language not in self._written else threshold

    def words(self, language: str | None) -> float:
        """The share that words have beside meaning; smaller in a language in which few sections have a text."""
        share = self.weights.lexical
        return share * self.weights.untold if language and language not in self._told else share

    def rank(self, query: Query, found: Found, context: Context | None = None, strength: float = 1.0) -> Ranking:
        """Fuses, adds what is known about place, topic and conversation, and leaves out what may not be shown.

        `strength`: how much of what a follow-up gains counts.
        """
        weights = self.weights
        scores = fuse(found, weights, self.words(query.language))
        places = self._places_asked(query, context)
        wanted = places - {"mainland"}
        scores = scores + weights.layer * np.isin(self._layers, list(wanted))
        cities = ~np.isin(self._layers, ["mainland", "hong-kong", "macao", *wanted])
        scores = scores - weights.elsewhere * cities
        for topic, prior in query.topic_prior.items():
            scores = scores + weights.prior * float(np.clip(prior, 0, 1)) * (self._topics == topic)
        previous = self.corpus.sections.get(context.section or "") if context else None
        if previous:
            scores = scores + strength * weights.brochure * (self._brochures == previous.brochure)
            scores = scores + strength * weights.same * (self._ids == previous.id)
        allowed = self._allowed(query)
        near = allowed & ~self._far(places)
        if near.any():
            allowed = near
        order = self._order(scores, allowed)
        if not len(order):
            return Ranking(order, scores, 0.0, (0.0,) * len(FEATURES), found.outside)
        features = self._features(query.text, found, scores, order)
        scores = self._layered(scores, wanted)
        order = self._order(scores, allowed)
        return Ranking(order, scores, self._probability(features, query.language), features, found.outside)

    def _places_asked(self, query: Query, context: Context | None) -> frozenset[str]:
        """The places asked about: those the question names, else the question it continues, else those known before."""
        named = self._places.named(query.text) or (self._places.named(context.question) if context else frozenset())
        return named or frozenset([query.jurisdiction] if query.jurisdiction else [])

    @staticmethod
    def _order(scores: Vectors, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The allowed rows, best first."""
        rows = np.flatnonzero(allowed)
        return np.asarray(rows[np.argsort(-scores[rows], kind="stable")], dtype=np.int64)

    def _layered(self, scores: Vectors, wanted: frozenset[str]) -> Vectors:
        """Of a general rule and a city's rule that changes it, the one asked for first and the other right behind it."""
        layered = scores.copy()
        for general, every in self._layers_of.items():
            own = [row for row in every if self._layers[row] in wanted]
            cities = [row for row in every if self._layers[row] not in ("hong-kong", "macao")]
            if own:
                best = max(own, key=lambda row: float(scores[row]))
                layered[best] = max(scores[best], scores[general] + NEXT)
                layered[general] = max(scores[general], scores[best] - NEXT)
            elif cities:
                layered[general] = max(scores[general], *(scores[row] + NEXT for row in cities))
        return layered

    def _allowed(self, query: Query) -> NDArray[np.bool_]:
        """What is not expired and passes the filters asked for; a filter that matches nothing leaves nothing."""
        allowed = self._review_by >= self._clock().toordinal()
        if query.only_topic is not None:
            allowed = allowed & (self._topics == query.only_topic)
        if query.only_jurisdiction is not None:
            allowed = allowed & (self._layers == query.only_jurisdiction)
        return allowed

    def _far(self, wanted: frozenset[str]) -> NDArray[np.bool_]:
        """Sections of places that this question is not about."""
        far = np.isin(self._layers, [place for place in ("hong-kong", "macao") if place not in wanted])
        if wanted:
            far |= ~np.isin(self._layers, ["mainland", "hong-kong", "macao", *wanted])
        return far

    def _features(self, text: str, found: Found, scores: Vectors, order: NDArray[np.int64]) -> tuple[float, ...]:
        best = order[0]
        # The same rule in another city is no rival.
        rivals = (self._brochures != self._brochures[best]) & (self._rules != self._rules[best])
        others = order[rivals[order]]
        second = float(scores[others[0]]) if len(others) else 0.0
        dense, lexical = float(found.dense[best]), float(min(found.lexical[best], 1.0))
        most = float(found.lexical[order].max())
        return (
            float(scores[best]),
            dense,
            lexical,
            lexical / most if most > 0 else 0.0,
            float(scores[best]) - second,
            found.outside,
            dense - found.outside,
            min(math.log1p(len(tokens(text))), 3.0),
            found.around.crowd,
            found.around.outside,
            found.around.kin.get(int(best), 0.0),
            float(found.whole[best]),
            _lead(found.whole),
            found.around.among,
            found.around.beyond,
            found.around.side,
            found.around.unknown,
            float(abroad(text) and not self._places.named(text)),
        )

    def _probability(self, features: tuple[float, ...], language: str | None) -> float:
        calibration: Calibration | None = self.index.calibration
        if calibration is None:
            return float(np.clip(features[0], 0, 1))
        return float(calibration.probability(np.asarray(features), [language])[0])

    def _outcome(self, query: Query, ranking: Ranking, used_context: bool) -> Outcome:
        scores, order = ranking.scores, ranking.order
        answerable = bool(len(order)) and ranking.probability >= self.threshold(query.language)
        nearest = [self._hit(scores, row) for row in order[: max(query.limit, 3)]]
        hits: list[Hit] = []
        second_topic = None
        if answerable:
            least = scores[order[0]] - self.weights.tail
            hits = [self._hit(scores, row) for row in order[: query.limit] if scores[row] >= least]
            other = order[self._topics[order] != self._topics[order[0]]]
            if len(other) and scores[order[0]] - scores[other[0]] <= self.weights.torn:
                second_topic = str(self._topics[other[0]])
        return Outcome(answerable, ranking.probability, used_context, hits, nearest, second_topic)

    def _hit(self, scores: Vectors, row: int) -> Hit:
        return Hit(self._sections[row], float(np.clip(scores[row], 0, 1)))
