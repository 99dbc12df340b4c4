"""What a push comes to: consent first, then commands, numbers and questions; events, places and pictures."""

import re
import unicodedata
from contextlib import suppress

import structlog
from sqlalchemy import select

from api.channels.wechat import deeds, outbox, people
from api.channels.wechat.account import Account
from api.channels.wechat.deeds import tell, tell_key
from api.channels.wechat.errors import WechatError
from api.channels.wechat.models import WechatPerson
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

TURN = "wechat:"
"""Begins the key of every turn that came from WeChat."""
LOCAL = "wechat:"
"""Begins the choices that are carried out here and not by the conversation."""
AGREE = f"{LOCAL}agree"
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
    turn = (Turn.conversation_id == person.conversation_id) & (Turn.client_message_id == f"{TURN}{key}")
    async with services.database.reading() as session:
        return await session.scalar(select(Turn.id).where(turn)) is not None


def urgent(services: Services, push: Push) -> bool:
    """Whether somebody tells of danger."""
    text = _words(push)
    return text is not None and services.emergencies.screen(text, "en") is not None


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
            await _learn_language(services, account, person)
            await _ask_consent(services, person.id, whole=True)
        case "subscribe" | "scan":
            await deeds.do(services, account, person, talk, "menu", "")
        case "click":
            command, _, value = push.fields.get("EventKey", "").removeprefix("menu:").partition(":")
            if person.consent_at is None and command not in deeds.OPEN_TO_ALL:
                await _ask_consent(services, person.id, whole=True)
            else:
                await deeds.do(services, account, person, talk, command, value)
    return DONE


async def _learn_language(services: Services, account: Account, person: WechatPerson) -> None:
    """WeChat's own language as the first guess."""
    try:
        language = await account.client.user_language(account.openid(person))
    except WechatError as error:
        log.warning("wechat_language_unknown", kind=error.kind)
        return
    if language:
        await _set_language(services, person.id, language)


async def _set_language(services: Services, person_id: str, language: str) -> None:
    async with services.database.transaction() as session:
        if person := await outbox.locked(session, person_id):
            person.language = language


async def _before_consent(services: Services, account: Account, person: WechatPerson, text: str | None) -> str:
    """Nothing is answered and no conversation opened before they agreed; only an emergency does not wait."""
    whole = AGREE not in person.choices
    if text is None:
        await _ask_consent(services, person.id, whole)
        return DONE
    wish = (_chosen(person, text) or account.commands.find(text) or "").removeprefix(LOCAL)
    deed, _, value = wish.partition(":")
    if deed == "agree":
        await _agreed(services, person.id)
        return DONE
    if deed == "refuse":
        await _refused(services, person.id)
        return DONE
    if deed in deeds.OPEN_TO_ALL:
        await deeds.do(services, account, person, None, deed, value)
        if deed == "language" and value in NAMES:
            await _ask_consent(services, person.id, whole=True)
        return DONE
    if person.language is None and (language := await _identified(services, text)):
        await _set_language(services, person.id, language)
        person.language = language
    emergency = services.emergencies.screen(text, person.language or "en")
    if emergency:
        told_in = by_script(text, person.language) or emergency.language
        renderers = [services.renderer(told_in, "wechat")] if told_in else people.renderers(services, person, None)
        drafts = [draft for each in renderers for draft in each.emergency(emergency.kind, None, emergency.number)]
        await tell(services, person.id, [draft.text for draft in drafts])
    await _ask_consent(services, person.id, whole)
    return WAITING


async def _identified(services: Services, text: str) -> str | None:
    """The language of what they wrote; None when it cannot be told, as of a number."""
    if not any(character.isalpha() for character in text):
        return None
    try:
        return await services.retrieval.identify(text, None)
    except RetrievalUnreachable:
        return by_script(text, None)


async def _ask_consent(services: Services, person_id: str, whole: bool) -> None:
    known = await people.load(services, person_id)
    if known is None:
        return
    renderers = people.renderers(services, *known)
    days = services.settings.retention_days
    parts: list[str] = []
    for renderer in renderers:
        if whole:
            parts += [renderer.words("wechat.welcome"), renderer.words("wechat.consent", days=days)]
        else:
            parts.append(renderer.words("wechat.consent_short"))
    choices = [
        (" / ".join(r.words(f"wechat.consent_{answer}") for r in renderers), wish)
        for answer, wish in (("yes", AGREE), ("no", f"{LOCAL}refuse"))
    ]
    await tell(services, person_id, parts, choices)


async def _agreed(services: Services, person_id: str) -> None:
    if await people.agree(services, person_id):
        await tell_key(services, person_id, "wechat.question_kept")
    else:
        await tell_key(services, person_id, "wechat.consent_thanks")
        await tell_key(services, person_id, "wechat.commands")


async def _refused(services: Services, person_id: str) -> None:
    await people.refuse(services, person_id)
    numbers = [services.emergencies.numbers(kind, None)[0] for kind in ("violence", "fire", "medical")]
    await tell_key(services, person_id, "wechat.consent_refused", numbers=", ".join(dict.fromkeys(numbers)))


def _chosen(person: WechatPerson, text: str) -> str | None:
    """What the number that they typed stands for."""
    number = _number(text)
    return person.choices[number - 1] if number and number <= len(person.choices) else None


def _number(text: str) -> int | None:
    """A number as people type it: "2", "2.", "２" or "٢"; None for anything else, and for numbers that are none of ours."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")  # marks of direction, of a keyboard
    typed = visible.strip().rstrip(".。)）、").strip()
    return int(typed) or None if typed.isdecimal() and len(typed) <= 2 else None


async def _text(
    services: Services, account: Account, person: WechatPerson, talk: Conversation | None, text: str, key: str
) -> None:
    if choice := _chosen(person, text):
        if choice.startswith(LOCAL):
            deed, _, value = choice.removeprefix(LOCAL).partition(":")
            await deeds.do(services, account, person, talk, deed, value)
        else:
            await _turn(services, person, key, text, choice)
        return
    if codes.digits(text):
        await deeds.carry_here(services, person, text)
    elif EMAIL.fullmatch(text) and await deeds.contact(services, person, text.strip()):
        return
    elif (command := account.commands.find(text)) and command not in ("agree", "refuse"):
        await deeds.do(services, account, person, talk, command, "")
    else:
        await _turn(services, person, key, text, None)


async def _turn(services: Services, person: WechatPerson, key: str, asked: str, choice: str | None) -> None:
    """A turn of the conversation, as from any channel. What it says reaches the outbox by the conversation."""
    text = None if choice else asked
    for _ in range(2):  # the second time after the conversation was erased meanwhile
        conversation_id = await people.conversation_of(services, person.id)
        if conversation_id is None:
            return
        try:
            message = inbound(conversation_id, f"{TURN}{key}", text, choice)
            await turns.submit(services, message, lambda conversation: None)
            return
        except ApiError as error:
            if error.status == 404:
                continue
            if error.code not in SAID:
                raise
            await tell_key(services, person.id, SAID[error.code], number=asked)
            return
