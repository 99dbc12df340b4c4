"""A small world of phrases about rents, deposits, permits and months, in English, French and Spanish.

A sentence is drawn once and said in all three languages, with their word order, agreement and questions. Whatever
`languages.masks` takes out of a text stands in it by name (`{law}`), and becomes a mark (`X1X`), numbered as it comes in
the language translated from.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

LANGUAGES = ("en", "fr", "es")

Said = tuple[str, str, str]
"""The same words in English, French and Spanish."""

_SUBJECTS: tuple[tuple[Said, int], ...] = (
    (("the landlord", "le propriétaire", "el propietario"), 0),
    (("the tenant", "le locataire", "el inquilino"), 0),
    (("the employer", "l'employeur", "el empleador"), 0),
    (("the agent", "l'agent", "el agente"), 0),
    (("my friend", "mon ami", "mi amigo"), 0),
    (("you", "vous", "usted"), 1),
    (("we", "nous", ""), 2),
)
"""With the form of the verb: third person, polite address, first person plural."""

_MODALS: tuple[tuple[str, Said, Said], ...] = (
    ("must", ("doit", "devez", "devons"), ("debe", "debe", "debemos")),
    ("may", ("peut", "pouvez", "pouvons"), ("puede", "puede", "podemos")),
    ("will", ("va", "allez", "allons"), ("va a", "va a", "vamos a")),
    ("must not", ("ne doit pas", "ne devez pas", "ne devons pas"), ("no debe", "no debe", "no debemos")),
    ("cannot", ("ne peut pas", "ne pouvez pas", "ne pouvons pas"), ("no puede", "no puede", "no podemos")),
)

_VERBS: tuple[tuple[Said, str], ...] = (
    (("pay", "payer", "pagar"), "pague"),
    (("return", "rendre", "devolver"), "devuelva"),
    (("keep", "garder", "guardar"), "guarde"),
    (("sign", "signer", "firmar"), "firme"),
    (("bring", "apporter", "traer"), "traiga"),
    (("send", "envoyer", "enviar"), "envíe"),
    (("show", "montrer", "mostrar"), "muestre"),
    (("renew", "renouveler", "renovar"), "renueve"),
)
"""With the Spanish form of a request."""

_THINGS: tuple[tuple[Said, str], ...] = (
    (("contract", "contrat", "contrato"), "mm"),
    (("passport", "passeport", "pasaporte"), "mm"),
    (("permit", "permis", "permiso"), "mm"),
    (("form", "formulaire", "formulario"), "mm"),
    (("rent", "loyer", "alquiler"), "mm"),
    (("deposit", "caution", "depósito"), "fm"),
    (("invoice", "facture", "factura"), "ff"),
    (("letter", "lettre", "carta"), "ff"),
    (("key", "clé", "llave"), "ff"),
)
"""With the gender in French and in Spanish."""

_TERMS: tuple[tuple[Said, str], ...] = ((("{term}", "{term}", "{term}"), "mm"),) * 3
"""Official terms, as often as three things."""

_ADJECTIVES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "signed": (("signé", "signée"), ("firmado", "firmada")),
    "lost": (("perdu", "perdue"), ("perdido", "perdida")),
    "first": (("premier", "première"), ("primer", "primera")),
    "second": (("deuxième", "deuxième"), ("segundo", "segunda")),
}
"""What stands behind the thing in French and Spanish, or, for the last two, before it; masculine and feminine."""
_BEFORE = ("first", "second")

_COUNTS: tuple[Said, ...] = (
    ("two", "deux", "dos"),
    ("three", "trois", "tres"),
    ("four", "quatre", "cuatro"),
    ("six", "six", "seis"),
    ("ten", "dix", "diez"),
)

_TIMES: tuple[Said, ...] = (
    ("today", "aujourd'hui", "hoy"),
    ("tomorrow", "demain", "mañana"),
    ("this week", "cette semaine", "esta semana"),
    ("next month", "le mois prochain", "el próximo mes"),
    ("every month", "chaque mois", "cada mes"),
    ("before Friday", "avant vendredi", "antes del viernes"),
    ("before {day}", "avant le {day}", "antes del {day}"),
    ("within {figure} days", "sous {figure} jours", "en {figure} días"),
    ("after {figure} months", "après {figure} mois", "después de {figure} meses"),
    ("within # weeks", "sous # semaines", "en # semanas"),
    ("after # months", "après # mois", "después de # meses"),
)
"""#: a count in words."""

FORTNIGHT: Said = ("within a fortnight", "sous 15 jours", "en 15 días")
"""A right translation that is not shown: it has a figure that its source has not."""

_PLACES: tuple[Said, ...] = (
    ("at the office", "au bureau", "en la oficina"),
    ("at the bank", "à la banque", "en el banco"),
    ("at the hospital", "à l'hôpital", "en el hospital"),
    *[("at {place}", "à {place}", "en {place}")] * 3,
)


@dataclass(frozen=True)
class Sentence:
    """One sentence in three languages; names in braces where something is masked."""

    said: Said

    def pair(self, source: str, target: str) -> tuple[str, str]:
        """The sentence in two languages, with marks."""
        marks = {name: f"X{number}X" for number, name in enumerate(self.names(source), 1)}
        return self.plain(source, marks), self.plain(target, marks)

    def plain(self, language: str, fillings: dict[str, str]) -> str:
        """The sentence with something in every masked place."""
        return self._in(language).format(**fillings)

    def names(self, language: str) -> list[str]:
        """What is masked, in the order of a language."""
        return re.findall(r"{(\w+)}", self._in(language))

    def has_figure(self, language: str) -> bool:
        """Whether a figure stands in it unmasked, as in "sous 15 jours" for "within a fortnight"."""
        return any(character.isdigit() for character in self._in(language))

    def _in(self, language: str) -> str:
        return self.said[LANGUAGES.index(language)]


def draw(dice: random.Random) -> Sentence:
    """One sentence of the world."""
    kinds: list[Callable[[random.Random], Said]] = [_statement, _question, _request, _according, _lost, _amount]
    said = dice.choices(kinds, (5, 4, 3, 3, 4, 4))[0](dice)
    return Sentence(said)


def sentences(seed: int, count: int) -> list[Sentence]:
    """As many sentences, the same for a seed."""
    dice = random.Random(seed)  # noqa: S311
    return [draw(dice) for _ in range(count)]


def _clause(dice: random.Random) -> Said:
    """Who must or may do what."""
    (subject, form), (modal, french, spanish) = dice.choice(_SUBJECTS), dice.choice(_MODALS)
    does = (modal, french[form], spanish[form])
    return _words(subject, does, dice.choice(_VERBS)[0], _thing(dice), _when_and_where(dice))


def _statement(dice: random.Random) -> Said:
    """A sentence, or a part of a longer one, parted at its comma."""
    said = _clause(dice)
    joined = dice.random()
    if joined < 0.1:
        return _words(("and", "et", "y"), said, end=dice.choice(",."))
    if joined < 0.2:
        return _capital(_words(said, end=","))
    return _capital(_words(said, end="."))


def _question(dice: random.Random) -> Said:
    (subject, form), (modal, french, spanish) = dice.choice(_SUBJECTS), dice.choice(_MODALS[:3])
    rest = _words(dice.choice(_VERBS)[0], _thing(dice), _when_and_where(dice))
    asked = _words((modal, "est-ce que", spanish[form]), subject, ("", french[form], ""), rest)
    if modal == "will":  # "¿Va a pagar el inquilino?" is left to real models
        asked = _words((modal, "est-ce que", ""), subject, ("", french[form], spanish[form]), rest)
    english, in_french, in_spanish = _capital(asked)
    return f"{english}?", f"{in_french} ?", f"¿{in_spanish}?"


def _request(dice: random.Random) -> Said:
    verb, asked = dice.choice(_VERBS)
    start = (f"please {verb[0]}", f"veuillez {verb[1]}", f"por favor, {asked}")
    return _capital(_words(start, _thing(dice), _when_and_where(dice), end="."))


def _according(dice: random.Random) -> Said:
    return _words(("According to {law},", "Selon {law},", "Según {law},"), _clause(dice), end=".")


def _lost(dice: random.Random) -> Said:
    lost = ("If you lose", "Si vous perdez", "Si pierde")
    thing = _thing(dice, masked=False)
    called = ("please call {number}", "veuillez appeler le {number}", "por favor, llame al {number}")
    then = _words(called, _time(dice)) if dice.random() < 0.6 else _clause(dice)
    return _words(_words(lost, thing, end=","), then, end=".")


def _amount(dice: random.Random) -> Said:
    thing = _thing(dice)
    if dice.random() < 0.5:
        amount = ("is {figure} yuan a month", "est de {figure} yuans par mois", "es de {figure} yuanes al mes")
    else:
        months = ("is # months of rent", "est de # mois de loyer", "es de # meses de alquiler")
        amount = _counted(months, dice.choice(_COUNTS))
    law = ("according to {law}", "selon {law}", "según {law}")
    when = dice.choice((("", "", ""), *_TIMES[:6]))
    return _capital(_words(thing, amount, when, dice.choice((("", "", ""), law)), end="."))


def _thing(dice: random.Random, masked: bool = True) -> Said:
    (english, french, spanish), gender = dice.choice((*_THINGS, *_TERMS) if masked else _THINGS)
    articles = ("the", "la" if gender[0] == "f" else "le", "la" if gender[1] == "f" else "el")
    if english == "{term}" or dice.random() < 0.6:
        return _words(articles, (english, french, spanish))
    word = dice.choice(list(_ADJECTIVES))
    forms = _ADJECTIVES[word]
    adjective = (word, forms[0][gender[0] == "f"], forms[1][gender[1] == "f"])
    if word in _BEFORE:
        return _words(articles, adjective, (english, french, spanish))
    return _words(articles, (f"{word} {english}", f"{french} {adjective[1]}", f"{spanish} {adjective[2]}"))


def _when_and_where(dice: random.Random) -> Said:
    """In English the place comes first, in French and Spanish the time: masked things change places."""
    place = dice.choice(_PLACES) if dice.random() < 0.4 else ("", "", "")
    time = _time(dice) if dice.random() < 0.7 else ("", "", "")
    return _words((place[0], time[1], time[2]), (time[0], place[1], place[2]))


def _time(dice: random.Random) -> Said:
    return _counted(dice.choice((*_TIMES, FORTNIGHT)), dice.choice(_COUNTS))


def _counted(said: Said, count: Said) -> Said:
    return said[0].replace("#", count[0]), said[1].replace("#", count[1]), said[2].replace("#", count[2])


def _words(*parts: Said, end: str = "") -> Said:
    """Parts one after another in each language."""
    english, french, spanish = (" ".join(filter(None, words)) + end for words in zip(*parts, strict=True))
    return english, french, spanish


def _capital(said: Said) -> Said:
    english, french, spanish = (words[:1].upper() + words[1:] for words in said)
    return english, french, spanish
