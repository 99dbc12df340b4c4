"""What can be done at any time by a word, a number or the menu: where things stand, languages, codes, copies, erasure …"""

from collections.abc import Sequence

import structlog

from api.channels.wechat import nearest, outbox, people
from api.channels.wechat.account import Account
from api.channels.wechat.errors import WechatError
from api.channels.wechat.models import WechatPerson
from api.channels.wechat.outbox import Choice
from api.channels.wechat.push import Push
from api.chat.language import reading
from api.chat.render import Renderer
from api.conversations import codes, messages
from api.conversations.codes import LIFETIME
from api.conversations.messages import Draft
from api.conversations.models import Conversation
from api.conversations.service import locked
from api.errors import ApiError
from api.events.bus import Event
from api.handoff import service as handoff
from api.i18n import NAMES
from api.pictures import service as pictures
from api.services import Services

log = structlog.get_logger(__name__)

OPEN_TO_ALL = frozenset({"menu", "emergency", "language", "erase"})
"""What somebody may do who has not agreed to anything."""
CARRIED = {"here": "wechat.code_taken", "wrong": "wechat.code_wrong", "busy": "wechat.code_while_waiting"}
PAGE = 9
"""Languages that are listed at a time."""


async def tell(services: Services, person_id: str, parts: Sequence[str], choices: Sequence[Choice] = ()) -> None:
    """Say something that belongs to no conversation."""
    async with services.database.transaction() as session:
        person = await outbox.locked(session, person_id)
        if person:
            await outbox.collect(services, session, person)
            await outbox.say(services, session, person, parts, choices)


async def tell_key(
    services: Services, person_id: str, key: str, choices: Sequence[Choice] = (), **values: object
) -> None:
    """The same with our own words, in the languages that the person reads."""
    if known := await people.load(services, person_id):
        parts = [renderer.words(key, **values) for renderer in people.renderers(services, *known)]
        await tell(services, person_id, parts, choices)


async def add(services: Services, person: WechatPerson, drafts: Sequence[Draft]) -> None:
    """Messages for the conversation outside of a turn; from there they reach the person."""
    conversation_id = await people.conversation_of(services, person.id)
    if conversation_id is None:
        return
    async with services.lock(conversation_id), services.database.transaction() as session:
        held = await locked(session, conversation_id)
        await messages.append(session, held, drafts, services.clock())
        if drafts[0].role == "resident":
            held.last_resident_at, held.closed_at = services.clock(), None
    services.bus.publish(Event("message", conversation_id))


async def do(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, command: str, value: str
) -> None:
    """Carry a command out. One that is not known shows what there is."""
    renderer = people.renderers(services, person, talk)[0]
    match command:
        case "person":
            if conversation_id := await people.conversation_of(services, person.id):
                await handoff.want(services, conversation_id, "asked")
        case "status":
            await _status(services, person, talk)
        case "language":
            await _language(services, person, renderer, value)
        case "code":
            await _code(services, person)
        case "export":
            await _export(services, account, person)
        case "erase" | "refuse":  # who agreed takes it back
            await _erase(services, person, renderer, value)
        case "remove":
            await _edit(services, person, {value: None}, "wechat.line_removed")
        case "emergency":
            await _emergency(services, person, talk, renderer, value)
        case "topic":
            await add(services, person, [renderer.topic(value)])
        case "places":
            await tell_key(services, person.id, "wechat.near.ask")
        case _:
            await _menu(services, person, renderer)


async def _menu(services: Services, person: WechatPerson, renderer: Renderer) -> None:
    """What there is: the commands, and the topics as choices for those who may ask."""
    corpus = services.library.corpus()
    if person.consent_at is None or corpus is None:
        await tell_key(services, person.id, "wechat.commands")
        return
    named = ((slug, renderer.topic_name(slug)) for slug in corpus.topics)
    buttons = [{"title": name, "payload": f"topic:{slug}"} for slug, name in named if name]
    await add(services, person, [renderer.say("wechat.commands", buttons=buttons)])


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


async def _language(services: Services, person: WechatPerson, renderer: Renderer, value: str) -> None:
    """The languages to choose from, a page at a time; or one that was chosen."""
    names = list(NAMES.items())
    if value not in NAMES:
        first = int(value) if value.isdecimal() and int(value) < len(names) else 0
        choices = [(name, f"wechat:language:{code}") for code, name in names[first : first + PAGE]]
        if first + PAGE < len(names):
            choices.append(("…", f"wechat:language:{first + PAGE}"))
        await tell_key(services, person.id, "wechat.choose_language", choices)
        return
    async with services.database.transaction() as session:
        if held := await outbox.locked(session, person.id):
            held.language = value
        if held and held.conversation_id:
            talk = await locked(session, held.conversation_id)
            talk.language, talk.language_chosen = value, True
    renderer = services.renderer(value)
    await tell(services, person.id, [renderer.words("language_changed", name=renderer.own_name(value))])


async def _code(services: Services, person: WechatPerson) -> None:
    """A code with which the conversation goes on in the widget."""
    conversation_id = await people.conversation_of(services, person.id)
    if conversation_id is None:
        return
    async with services.database.transaction() as session:
        code = await codes.make(services, session, await locked(session, conversation_id))
    minutes = int(LIFETIME.total_seconds() // 60)
    await tell_key(
        services, person.id, "wechat.code_made", code=code, minutes=minutes, url=f"{services.settings.address}/"
    )


async def carry_here(services: Services, person: WechatPerson, text: str) -> None:
    """A code from the widget: its conversation goes on here."""
    who = f"wechat:{person.id}"
    try:
        services.limits.check_code(who)
    except ApiError:
        await tell_key(services, person.id, "wechat.code_blocked")
        return
    carried = await people.carry_here(services, person.id, text)
    if carried != "wrong":
        services.limits.code_was_right(who)
    await tell_key(services, person.id, CARRIED[carried])


async def _export(services: Services, account: Account, person: WechatPerson) -> None:
    """A link to a copy of everything; where we have no public address, the code that leads to it in the widget."""
    url = people.export_link(services, account, person.id)
    if url is None:
        await _code(services, person)
        return
    await tell_key(
        services, person.id, "wechat.export_ready", url=url, hours=int(people.EXPORT_FOR.total_seconds() // 3600)
    )


async def _erase(services: Services, person: WechatPerson, renderer: Renderer, value: str) -> None:
    if value == "yes":
        await people.erase(services, person.id, stays=True)
        await tell(services, person.id, [renderer.words("wechat.erased")])
    elif value == "no":
        await tell_key(services, person.id, "wechat.erase_kept")
    else:
        choices = [(renderer.words(f"button.erase_{answer}"), f"wechat:erase:{answer}") for answer in ("yes", "no")]
        await tell_key(services, person.id, "wechat.erase_confirm", choices)


async def _edit(services: Services, person: WechatPerson, changes: dict[str, str | None], said: str) -> None:
    """Change what would be passed on, and show it as it is now."""
    if person.conversation_id is None:
        return
    try:
        edited = await handoff.edit(services, person.conversation_id, changes)
    except ApiError as error:
        if error.status not in (404, 409):
            raise
        await tell_key(services, person.id, "handoff.nothing")
        return
    message = edited["message"]
    choices = [(button["title"], button["payload"]) for button in message["buttons"]]
    known = await people.load(services, person.id)
    if known is None:
        return
    renderer = people.renderers(services, *known)[0]
    choices += [(title, payload) for payload, title in outbox.line_choices(edited["packet"], renderer).items()]
    await tell(services, person.id, [renderer.words(said), message["text"]], choices)


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


async def _emergency(
    services: Services, person: WechatPerson, talk: Conversation | None, renderer: Renderer, value: str
) -> None:
    """The kinds of emergency to choose from, or the numbers, the card and the help of one."""
    if value not in services.emergencies.kinds:
        choices = [
            (renderer.words(f"emergency.{kind}.title"), f"wechat:emergency:{kind}")
            for kind in services.emergencies.kinds
        ]
        numbers = dict.fromkeys(
            number for kind in services.emergencies.kinds for number in services.emergencies.numbers(kind)[:1]
        )
        await tell(services, person.id, [renderer.words("emergency.numbers", numbers=", ".join(numbers))], choices)
        return
    place = (talk.mentioned_place or talk.jurisdiction) if talk else None
    drafts = renderer.emergency(value, place)
    if talk is None:
        await tell(services, person.id, [draft.text for draft in drafts])
        return
    if services.emergencies.discreet(value):
        async with services.database.transaction() as session:
            (await locked(session, talk.id)).discreet = True
    await add(services, person, drafts)


async def near(services: Services, person: WechatPerson, latitude: str | None, longitude: str | None) -> None:
    """The places that help nearest to where they are. Where that is stays unwritten."""
    known = await people.load(services, person.id)
    if known is None:
        return
    renderer = people.renderers(services, *known)[0]
    draft = nearest.near(renderer, services.service_points, latitude, longitude)
    await add(services, person, [Draft("resident", "📍", renderer.language), draft])


async def picture(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, push: Push
) -> None:
    """A picture goes to the person who has the conversation, or is expected; to nobody else."""
    if talk is None or talk.holder == "bot":
        renderer = people.renderers(services, person, talk)[0]
        draft = renderer.say("wechat.picture_nobody", buttons=[renderer.person_button()])
        await add(services, person, [draft])
        return
    try:
        media = await account.client.media(push.fields.get("MediaId", ""))
        await pictures.keep(services, talk.id, media.content)
    except (WechatError, pictures.PictureRefused) as error:
        log.warning("wechat_picture", kind=getattr(error, "kind", "refused"))
        await tell_key(services, person.id, "wechat.picture_failed")
        return
    await tell_key(services, person.id, "wechat.picture_kept")
