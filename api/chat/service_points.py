"""Places that help, as a resident reads them: what they do, where, when, in which languages, and how to reach them."""

from api.chat import directives as d
from api.chat.outcome import Workplace
from api.chat.places import mentioned
from api.chat.render import Renderer
from api.conversations.messages import Draft
from api.i18n import language_name
from knowledge.models import Corpus
from knowledge.service_points import Choice, ServicePoint, Wish, choose


def named(work: Workplace, directive: d.Places) -> Draft:
    """The message that names the places for a directive; where none fits, those who know the way."""
    corpus, conversation = work.services.library.corpus(), work.conversation
    here = directive.city or mentioned(work.text, corpus) or work.jurisdiction
    wish = Wish(
        kinds=tuple(directive.kinds),
        topic=directive.topic or (None if directive.kinds else conversation.last_topic),
        jurisdiction=here,
        city=_city(work.text, corpus) or here,
        language=directive.language,
    )
    choice = choose(work.services.service_points, wish)
    conversation.failed_answers = 0
    text = "\n\n".join([_intro(work.renderer, wish, choice), *(entry(work.renderer, each) for each in choice.points)])
    return Draft("assistant", text, work.renderer.spoken, buttons=[work.renderer.person_button()])


def _city(text: str, corpus: Corpus | None) -> str | None:
    """A city that a text names and that has the rules of the mainland: only its own places tell it from another."""
    folded = text.casefold()
    cities = [c for c in corpus.cities.values() if c.jurisdiction == "mainland" != c.slug] if corpus else []
    return next((c.slug for c in cities if any(name.casefold() in folded for name in c.names.values())), None)


def _intro(renderer: Renderer, wish: Wish, choice: Choice) -> str:
    if not wish.language:
        return renderer.words("places.general" if choice.how == "general" else "places.intro")
    language = language_name(wish.language, renderer.spoken)
    if choice.how == "fitting":
        return renderer.words("places.speaking", language=language)
    return renderer.words(f"places.speaking_{choice.how}", language=language)


def entry(renderer: Renderer, point: ServicePoint) -> str:
    """One place as lines: its name with the Chinese one, and what is known of it."""
    shown = renderer.language if renderer.language in point.names else "en"
    name, chinese = point.names[shown], point.names["zh"]
    lines = [f"**{name}**" if shown == "zh" else f"**{name}** ({chinese})", *(f"- {s}" for s in point.services[shown])]
    place = renderer.place(point.city or point.jurisdiction)
    if point.location:
        place = f"{place}, {point.location[shown]}"
    if point.location or point.city or point.jurisdiction != "mainland":
        lines.append(renderer.words("places.where", place=place))
    if point.hours:
        lines.append(renderer.words("places.hours", hours=point.hours[shown]))
    if point.languages:
        names = ", ".join(language_name(code, renderer.spoken) for code in point.languages)
        lines.append(renderer.words("places.languages", languages=names))
    lines += _contact(point)
    if point.confirm:
        lines.append(renderer.words("places.confirm"))
    return "\n".join(lines)


def _contact(point: ServicePoint) -> list[str]:
    contact = point.contact
    signs = (("☎", contact.phone), ("SMS", contact.sms), ("✉", contact.email), ("", contact.web))
    return [f"{sign} {value}".strip() for sign, value in signs if value]
