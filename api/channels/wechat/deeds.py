"""What can be done at any time by a word, a number or the menu: where things stand, languages, codes, copies, erasure …"""

from collections.abc import Callable, Iterable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import nearest, outbox, people
from api.channels.wechat.account import Account
from api.channels.wechat.commands import choice
from api.channels.wechat.errors import WechatError
from api.channels.wechat.models import WechatPerson
from api.channels.wechat.outbox import Choice
from api.channels.wechat.push import Push
from api.chat.language import reading
from api.chat.outcome import in_emergency, whose_numbers
from api.chat.render import Renderer
from api.conversations import codes, messages
from api.conversations.codes import LIFETIME
from api.conversations.messages import Draft
from api.conversations.models import Conversation
from api.errors import ApiError
from api.events.bus import Event
from api.handoff import service as handoff
from api.i18n import NAMES
from api.pictures import service as pictures
from api.services import Services

log = structlog.get_logger(__name__)

OPEN_TO_ALL = frozenset({"menu", "emergency", "language", "erase"})
"""What somebody may do who has not agreed to anything."""
CARRIED = {
    "here": "wechat.code_taken",
    "wrong": "wechat.code_wrong",
    "busy": "wechat.code_while_waiting",
    "blocked": "wechat.code_blocked",
}
PAGE = 9
"""Languages that are listed at a time."""

Readers = list[Renderer]
"""One for each of the languages that a person reads."""
Said = tuple[Sequence[str], Sequence[Choice]]
"""Paragraphs, and what can be chosen below them."""


async def tell(
    services: Services, person_id: str, words: Callable[[Readers], Said], language: str | None = None
) -> None:
    """Say something that belongs to no conversation. `language`: theirs from now on, as far as we can guess."""
    async with services.database.transaction() as session:
        if person := await outbox.locked(session, person_id):
            person.language = language or person.language
            await say(services, session, person, words)


async def say(
    services: Services, session: AsyncSession, person: WechatPerson, words: Callable[[Readers], Said]
) -> None:
    """The same to a person who is held, in the caller's transaction."""
    await outbox.collect(services, session, person)
    readers = people.renderers(services, person, await people.talk_of(session, person))
    parts, choices = words(readers)
    await outbox.say(services, session, person, parts, choices)


async def tell_key(services: Services, person_id: str, *keys: str, **values: object) -> None:
    """Say something in our own words."""
    await tell(services, person_id, ours(*keys, **values))


def ours(*keys: str, **values: object) -> Callable[[Readers], Said]:
    """Our own words, key after key, in each language."""
    return lambda readers: ([reader.words(key, **values) for key in keys for reader in readers], [])


def in_all(titles: Iterable[str]) -> str:
    """The title of a choice in every language that is read."""
    return " / ".join(dict.fromkeys(titles))


def named(readers: Readers, key: str) -> str:
    """The same in our own words."""
    return in_all(reader.words(key) for reader in readers)


async def add(
    services: Services, person: WechatPerson, drafts: Callable[[Renderer, Conversation], Sequence[Draft]]
) -> None:
    """Messages for the conversation outside of a turn; from there they reach the person."""
    async with services.database.transaction() as session:
        held = await outbox.locked(session, person.id)
        if held is None:
            return
        talk = await people.opened(services, session, held)
        added = drafts(people.renderers(services, held, talk)[0], talk)
        await messages.append(session, talk, added, services.clock())
        if added[0].role == "resident":
            talk.last_resident_at, talk.closed_at = services.clock(), None
    services.bus.publish(Event("message", talk.id))


async def do(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, command: str, value: str
) -> None:
    """Carry a command out. One that is not known shows what there is."""
    match command:
        case "person":
            if talk := talk or await people.conversation_of(services, person.id):
                await handoff.want(services, talk.id, "asked")
        case "status":
            await _status(services, person, talk)
        case "language":
            await _language(services, person, value)
        case "code":
            await _code(services, person)
        case "export":
            await _export(services, account, person)
        case "erase" | "refuse":  # who agreed takes it back
            await _erase(services, person, talk, value)
        case "remove":
            await _edit(services, person, {value: None}, "wechat.line_removed")
        case "emergency":
            await _emergency(services, person, talk, value)
        case "topic" if talk and talk.holder == "mediator":  # who is here answers
            await tell_key(services, person.id, "wechat.status_mediator")
        case "topic":
            await add(services, person, lambda renderer, _: [renderer.topic(value)])
        case "places":
            await tell_key(services, person.id, "wechat.near.how")
        case _:
            await _menu(services, person, talk)


async def _menu(services: Services, person: WechatPerson, talk: Conversation | None) -> None:
    """What there is: the commands, and the topics as choices for those whom the assistant answers."""
    corpus = services.library.corpus()
    if person.consent_at is None or corpus is None or (talk and talk.holder == "mediator"):
        await tell_key(services, person.id, "wechat.commands")
        return

    def drafts(renderer: Renderer, _: Conversation) -> list[Draft]:
        titles = ((slug, renderer.topic_name(slug)) for slug in corpus.topics)
        buttons = [{"title": title, "payload": f"topic:{slug}"} for slug, title in titles if title]
        return [renderer.say("wechat.commands", buttons=buttons)]

    await add(services, person, drafts)


async def _status(services: Services, person: WechatPerson, talk: Conversation | None) -> None:
    """Where the case stands."""
    if talk is None or talk.holder == "bot":
        await tell_key(services, person.id, "wechat.status_bot")
    elif talk.holder == "mediator":
        await tell_key(services, person.id, "wechat.status_mediator")
    else:
        async with services.database.reading() as session:
            number = await handoff.place(session, talk)
        hours = services.desk_hours.text(services.renderer(reading(talk)).spoken)
        await tell_key(services, person.id, "wechat.status_queue", place=number, hours=hours)


async def _language(services: Services, person: WechatPerson, value: str) -> None:
    """The languages to choose from, a page at a time; or one that was chosen."""
    if value not in NAMES:
        await tell(services, person.id, lambda readers: (ours("wechat.choose_language")(readers)[0], _languages(value)))
        return
    async with services.database.transaction() as session:
        held = await outbox.locked(session, person.id)
        if held is None:
            return
        held.language = value
        if held.conversation_id:
            talk = await people.opened(services, session, held)
            talk.language, talk.language_chosen = value, True
        await say(services, session, held, ours("language_changed", name=NAMES[value]))
    if held.conversation_id:
        services.bus.publish(Event("language", held.conversation_id, {"language": value}))


def _languages(value: str) -> list[Choice]:
    """A page of them, beginning with the number of one."""
    names = list(NAMES.items())
    first = int(value) if value.isdecimal() and int(value) < len(names) else 0
    choices = [(name, choice("language", code)) for code, name in names[first : first + PAGE]]
    return [*choices, ("…", choice("language", str(first + PAGE)))] if first + PAGE < len(names) else choices


async def _code(services: Services, person: WechatPerson) -> None:
    """A code with which the conversation goes on in the widget."""
    minutes, url = int(LIFETIME.total_seconds() // 60), f"{services.settings.address}/"
    async with services.database.transaction() as session:
        if held := await outbox.locked(session, person.id):
            code = await codes.make(services, session, await people.opened(services, session, held))
            await say(services, session, held, ours("wechat.code_made", code=code, minutes=minutes, url=url))


async def carry_here(services: Services, person: WechatPerson, talk: Conversation | None, text: str) -> bool:
    """A code from the widget: its conversation goes on here.

    False when a mediator is here and these eight digits are no code: then they are meant for the mediator.
    """
    who = f"wechat:{person.mark}"  # who leaves and comes back has no new tries
    try:
        services.limits.check_code(who)
    except ApiError:
        carried = "blocked"
    else:
        carried = await people.carry_here(services, person.id, text)
        if carried != "wrong":
            services.limits.code_was_right(who)
    if carried in ("wrong", "blocked") and talk and talk.holder == "mediator":
        return False
    await tell_key(services, person.id, CARRIED[carried])
    return True


async def _export(services: Services, account: Account, person: WechatPerson) -> None:
    """A link to a copy of everything; where we have no public address, the code that leads to it in the widget."""
    url = people.export_link(services, account, person.id)
    if url is None:
        await _code(services, person)
        return
    await tell_key(
        services, person.id, "wechat.export_ready", url=url, hours=int(people.EXPORT_FOR.total_seconds() // 3600)
    )


async def _erase(services: Services, person: WechatPerson, talk: Conversation | None, value: str) -> None:
    if value == "yes":
        readers = people.renderers(services, person, talk)
        await people.erase(services, person.id, stays=True)
        await tell(services, person.id, lambda _: ours("wechat.erased")(readers))
    elif value == "no":
        await tell_key(services, person.id, "wechat.erase_kept")
    else:
        await tell(services, person.id, _really_erase)


def _really_erase(readers: Readers) -> Said:
    choices = [(named(readers, f"button.erase_{answer}"), choice("erase", answer)) for answer in ("yes", "no")]
    return ours("wechat.erase_confirm")(readers)[0], choices


async def _edit(services: Services, person: WechatPerson, changes: dict[str, str | None], key: str) -> None:
    """Change what would be passed on, and show it as it is now."""
    try:
        edited = await handoff.edit(services, person.conversation_id or "", changes)
    except ApiError as error:
        if error.status not in (404, 409):
            raise
        await tell_key(services, person.id, "handoff.nothing")
        return
    message = edited["message"]

    def words(readers: Readers) -> Said:
        lines = outbox.line_choices(edited["packet"], readers[0])
        choices = [(button["title"], button["payload"]) for button in message["buttons"]]
        return [readers[0].words(key), message["text"]], choices + [(title, meant) for meant, title in lines.items()]

    await tell(services, person.id, words)


async def contact(services: Services, person: WechatPerson, address: str) -> bool:
    """A mail address that they leave while they look at what would be passed on; False when they do not."""
    if person.conversation_id is None:
        return False
    async with services.database.reading() as session:
        under_way = await handoff.current(session, person.conversation_id)
    if under_way is None or under_way.stage != "confirm":
        return False
    await _edit(services, person, {"contact": address}, "wechat.contact_kept")
    return True


async def _emergency(services: Services, person: WechatPerson, talk: Conversation | None, value: str) -> None:
    """The kinds of emergency to choose from, or the numbers, the card and the help of one."""
    known = services.emergencies
    if value not in known.kinds:
        place = whose_numbers(talk) if talk else None
        first = ", ".join(dict.fromkeys(known.numbers(kind, place)[0] for kind in known.kinds))

        def kinds(readers: Readers) -> Said:
            choices = [
                (in_all(reader.emergency_title(kind, place) for reader in readers), choice("emergency", kind))
                for kind in known.kinds
            ]
            return ours("emergency.numbers", numbers=first)(readers)[0], choices

        await tell(services, person.id, kinds)
    elif person.consent_at is None:
        await tell(services, person.id, lambda readers: (emergency_words(readers, value), []))
    else:
        await add(services, person, lambda renderer, held: in_emergency(renderer, held, value))


def emergency_words(readers: Readers, kind: str, typed: str | None = None) -> list[str]:
    """What is said in an emergency to somebody who has no conversation."""
    return [draft.text for reader in readers for draft in reader.emergency(kind, None, typed)]


async def near(services: Services, person: WechatPerson, latitude: str | None, longitude: str | None) -> None:
    """The places that help nearest to where they are. Where that is stays unwritten."""

    def drafts(renderer: Renderer, _: Conversation) -> list[Draft]:
        found = nearest.near(renderer, services.service_points, latitude, longitude)
        return [Draft("resident", "📍", renderer.language), found]

    await add(services, person, drafts)


async def picture(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, push: Push
) -> None:
    """A picture goes to the person who has the conversation, or is expected; to nobody else."""
    if talk is None or talk.holder == "bot":
        await add(services, person, lambda renderer, _: [_nobody(renderer)])
        return
    try:
        media = await account.client.media(push.fields.get("MediaId", ""))
        await pictures.keep(services, talk.id, media.content, people.Entry(talk.token_hash).admit)
    except (WechatError, pictures.PictureRefused, ApiError) as error:
        if isinstance(error, ApiError) and error.status != 404:  # 404: it was carried away or erased meanwhile
            raise
        log.warning("wechat_picture", kind=getattr(error, "kind", "moved"))
        refused = isinstance(error, pictures.PictureRefused)
        await tell_key(services, person.id, "wechat.picture_refused" if refused else "wechat.picture_failed")
        return
    await tell_key(services, person.id, "wechat.picture_kept")


def _nobody(renderer: Renderer) -> Draft:
    return renderer.say("wechat.picture_nobody", buttons=[renderer.person_button()])
