"""What a push comes to: consent first, then commands, numbers and questions; events, places and pictures."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress

import structlog
from sqlalchemy import select

from api.channels.wechat import deeds, outbox, people
from api.channels.wechat.account import Account
from api.channels.wechat.commands import choice, chosen
from api.channels.wechat.deeds import Readers, Said, named, ours, tell, tell_key
from api.channels.wechat.errors import WechatError
from api.channels.wechat.models import WechatPerson, WechatPush
from api.channels.wechat.push import Push
from api.chat import turns
from api.chat.inbound import inbound
from api.chat.language import by_script
from api.chat.retrieval import RetrievalUnreachable
from api.conversations import codes
from api.conversations.models import Conversation, Turn
from api.errors import ApiError
from api.i18n import NAMES
from api.services import Services

log = structlog.get_logger(__name__)

AGREE = choice("agree")
ANSWERS = {"yes": AGREE, "no": choice("refuse")}
DONE, WAITING = "done", "waiting"
EMAIL = re.compile(r"\s*[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,20}\s*")
SAID = {"choice_not_offered": "wechat.number_unknown", "text_too_long": "wechat.too_long"}
NOT_READ = {"video": "wechat.video", "shortvideo": "wechat.video", "link": "wechat.link"}


async def answer(services: Services, account: Account, person_id: str, push: Push) -> str:
    """Do what a push asks for; what is said goes into the outbox. The state it comes to: done, or waiting for consent."""
    known = await people.load(services, person_id)
    if known is None:
        return DONE
    person, talk = known
    if push.kind == "event":
        return await _event(services, account, person, talk, push)
    text = _words(push)
    if person.consent_at is None:
        return await _before_consent(services, account, person, text)
    if text is not None:
        if push.kind == "voice" and not await _asked(services, person, push.key):
            await tell_key(services, person_id, "wechat.voice_heard", text=text)
        await _text(services, account, person, talk, text, push.key)
    elif push.kind == "image":
        await deeds.picture(services, account, person, talk, push)
    elif push.kind == "location":
        await deeds.near(services, person, push.fields.get("Location_X"), push.fields.get("Location_Y"))
    else:
        key = "wechat.voice" if push.kind == "voice" else NOT_READ.get(push.kind, "wechat.unknown_kind")
        await tell_key(services, person_id, key)
    return DONE


def _words(push: Push) -> str | None:
    """What they wrote or said; None for what has no words."""
    said = {"text": "Content", "voice": "Recognition"}.get(push.kind)
    text = push.fields.get(said, "").strip() if said else ""
    return text or None


async def _asked(services: Services, person: WechatPerson, key: str) -> bool:
    """Whether a push became a turn before: it is answered anew after a crash."""
    turn = (Turn.conversation_id == person.conversation_id) & (Turn.client_message_id == turn_key(key))
    async with services.database.reading() as session:
        return await session.scalar(select(Turn.id).where(turn)) is not None


def turn_key(key: str) -> str:
    """The key of the turn that a push becomes."""
    return f"wechat:{key}"


def urgent(services: Services, push: Push) -> bool:
    """Whether somebody tells of danger, or presses the menu's button for it."""
    if push.event == "click":
        return push.fields.get("EventKey", "").startswith("menu:emergency")
    text = _words(push)
    return text is not None and _danger(services, text)


def _danger(services: Services, text: str) -> bool:
    return services.emergencies.screen(text, "en") is not None


async def apologise(services: Services, person_id: str) -> None:
    """Something of ours went wrong; they are told, if they are still there."""
    with suppress(Exception):
        await tell_key(services, person_id, "error_try_again")


async def _event(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, push: Push
) -> str:
    match push.event:
        case "unsubscribe":
            await people.leave(services, person.id, push.created)
        case "subscribe" | "scan" if person.consent_at is None:
            language = person.language or await _language_there(account, person)
            await tell(services, person.id, _consent(services, whole=True), language)
        case "subscribe" | "scan":
            await deeds.do(services, account, person, talk, "menu", "")
        case "click":
            command, _, value = push.fields.get("EventKey", "").removeprefix("menu:").partition(":")
            if person.consent_at is None and command not in deeds.OPEN_TO_ALL:
                await tell(services, person.id, _consent(services, whole=True))
            else:
                await deeds.do(services, account, person, talk, command, value)
    return DONE


async def _language_there(account: Account, person: WechatPerson) -> str | None:
    """WeChat's own language, as the first guess."""
    try:
        return await account.client.user_language(account.openid(person))
    except WechatError as error:
        log.warning("wechat_language_unknown", kind=error.kind)
        return None


async def _before_consent(services: Services, account: Account, person: WechatPerson, text: str | None) -> str:
    """Nothing is answered and no conversation opened before they agreed; only an emergency does not wait."""
    asked = AGREE in person.choices
    if text is None:
        await tell(services, person.id, _consent(services, whole=not asked))
        return DONE
    command, value = chosen(_chosen(person, text) or choice(account.commands.find(text) or "")) or ("", "")
    if command in ("agree", "refuse"):
        if not asked:  # to something else: they have not seen yet what they would agree to
            await tell(services, person.id, _consent(services, whole=True))
        elif command == "agree":
            await _agreed(services, person.id)
        else:
            await _refused(services, person.id)
        return DONE
    if command in deeds.OPEN_TO_ALL:
        await deeds.do(services, account, person, None, command, value)
        if command == "language" and value in NAMES:
            await tell(services, person.id, _consent(services, whole=True))
        return DONE
    language = person.language or await _identified(services, text)
    emergency = services.emergencies.screen(text, language or "en")
    told_in = emergency and (by_script(text, language) or emergency.language)

    def words(readers: Readers) -> Said:
        helped = [services.renderer(told_in, "wechat")] if told_in else readers
        first = deeds.emergency_words(helped, emergency.kind, emergency.number) if emergency else []
        then, choices = _consent(services, whole=not asked, waits=True)(readers)
        return [*first, *then], choices

    await tell(services, person.id, words, language)
    return WAITING


async def _identified(services: Services, text: str) -> str | None:
    """The language of what they wrote; None when it cannot be told, as of a number."""
    if not any(character.isalpha() for character in text):
        return None
    try:
        return await services.retrieval.identify(text, None)
    except RetrievalUnreachable:
        return by_script(text, None)


def _consent(services: Services, whole: bool, waits: bool = False) -> Callable[[Readers], Said]:
    """The question whether they agree, with all there is to know or short; `waits`: what they asked is kept until then."""
    keys = ["wechat.welcome", "wechat.consent"] if whole else ["wechat.consent_short"]
    days = services.settings.retention_days

    def words(readers: Readers) -> Said:
        parts = [reader.words(key, days=days) for reader in readers for key in keys]
        parts += ours("wechat.question_waits")(readers)[0] if waits else []
        return parts, [(named(readers, f"wechat.consent_{answer}"), wish) for answer, wish in ANSWERS.items()]

    return words


async def _agreed(services: Services, person_id: str) -> None:
    async with services.database.transaction() as session:
        person = await outbox.locked(session, person_id)
        if person is None:
            return
        waiting = await people.agree(services, session, person)
        keys = ["wechat.question_kept"] if waiting else ["wechat.consent_thanks", "wechat.commands"]
        await deeds.say(services, session, person, ours(*keys))


async def _refused(services: Services, person_id: str) -> None:
    await people.refuse(services, person_id)
    numbers = ", ".join(services.emergencies.services().values())
    await tell_key(services, person_id, "wechat.consent_refused", numbers=numbers)


def _chosen(person: WechatPerson, text: str) -> str | None:
    """What the number that they typed stands for."""
    number = _number(text)
    return person.choices[number - 1] if number and number <= len(person.choices) else None


async def _for_mediator(services: Services, person: WechatPerson, talk: Conversation | None, meant: str) -> bool:
    """Whether a number answers the mediator who is here, and chooses nothing.

    So it is unless it chooses among our commands and the mediator has said nothing since these were asked for.
    """
    if talk is None or talk.holder != "mediator":
        return False
    if chosen(meant) is None:
        return True
    if talk.last_mediator_at is None:
        return False
    answered = (WechatPush.person_id == person.id) & WechatPush.state.in_(("done", "failed"))
    async with services.database.reading() as session:
        before = await session.scalar(
            select(WechatPush.received_at).where(answered).order_by(WechatPush.received_at.desc()).limit(1)
        )
    return before is None or before < talk.last_mediator_at


def _number(text: str) -> int | None:
    """A number as people type it: "2", "2.", "２" or "٢"; None for anything else, and for numbers that are none of ours."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")  # marks of direction, of a keyboard
    typed = visible.strip().rstrip(".。)）、").strip()
    return int(typed) or None if typed.isdecimal() and len(typed) <= 2 else None


async def _text(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, text: str, key: str
) -> None:
    meant = _chosen(person, text)
    if meant and not await _for_mediator(services, person, talk, meant):
        if deed := chosen(meant):
            await deeds.do(services, account, person, talk, *deed)
        else:
            await _turn(services, person, talk, key, text, meant)
    elif await _brought(services, person, talk, text):
        return
    elif (command := account.commands.find(text)) and command not in ("agree", "refuse"):
        await deeds.do(services, account, person, talk, command, "")
    else:
        await _turn(services, person, talk, key, text, None)


async def _brought(services: Services, person: WechatPerson, talk: Conversation | None, text: str) -> bool:
    """Whether it was a code, or a mail address for what is passed on, and is done with. "110 12110" is neither."""
    if codes.digits(text) and not _danger(services, text):
        return await deeds.carry_here(services, person, talk, text)
    return bool(EMAIL.fullmatch(text)) and await deeds.contact(services, person, text.strip())


async def _turn(
    services: Services, person: WechatPerson, talk: Conversation | None, key: str, asked: str, meant: str | None
) -> None:
    """A turn of the conversation, as from any channel. What it says reaches the outbox by the conversation."""
    text = None if meant else asked
    for _ in range(2):  # the second time after the conversation was erased or carried away meanwhile
        talk = talk or await people.conversation_of(services, person.id)
        if talk is None:
            return
        entry = people.Entry(talk.token_hash)
        try:
            await turns.submit(services, inbound(talk.id, turn_key(key), text, meant), entry.admit)
            return
        except ApiError as error:
            if error.status != 404:
                if error.code not in SAID:
                    raise
                await tell_key(services, person.id, SAID[error.code], number=asked)
                return
            if entry.granted:  # erased with what they asked, while it was being answered
                return
            talk = None
