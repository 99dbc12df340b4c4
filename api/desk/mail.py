"""A mail to the desk when somebody queues: that somebody waits, in which language, about which topic; nothing else."""

import asyncio
from email.message import EmailMessage

import aiosmtplib
import structlog
from sqlalchemy import select, update

from api.clock import iso
from api.conversations.models import Conversation
from api.events.bus import DESK
from api.handoff.models import Handoff
from api.services import Services
from api.settings import Settings
from api.staff.models import Staff

log = structlog.get_logger(__name__)

LOOK_AGAIN = 60.0  # seconds; a mail that failed is tried again
DESK_LANGUAGE = "en"


def compose(
    settings: Settings, services: Services, recipient: str, language: str, waiting: Conversation
) -> EmailMessage:
    """The mail in the reader's language. It says nothing of what was asked and never who asks."""
    catalogs = services.catalogs
    topic = catalogs.text(language, f"topic.{waiting.last_topic}") if waiting.last_topic else "–"
    mail = EmailMessage()
    mail["From"] = settings.smtp_from
    mail["To"] = recipient
    mail["Subject"] = catalogs.text(language, "mail.waiting.subject")
    mail.set_content(
        catalogs.text(
            language,
            "mail.waiting.body",
            speaks=waiting.language or "–",
            topic=topic,
            since=iso(waiting.queued_at) or "–",
            address=f"{settings.address}/console",
        )
    )
    return mail


async def _recipients(services: Services) -> list[tuple[str, str]]:
    """(address, language) of everybody to tell: the fixed addresses and all active staff with an address."""
    async with services.database.reading() as session:
        people = await session.execute(
            select(Staff.email, Staff.language).where(Staff.active.is_(True), Staff.email.is_not(None))
        )
        found = {email: language for email, language in people if email}
    return [
        *found.items(),
        *((address, DESK_LANGUAGE) for address in services.settings.mail_to if address not in found),
    ]


async def _send(settings: Settings, mail: EmailMessage) -> None:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    await aiosmtplib.send(
        mail,
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        start_tls=settings.smtp_starttls,
        username=settings.smtp_username,
        password=password,
        timeout=20,
    )


async def mail_waiting(services: Services) -> int:
    """Send one mail for every handoff that waits and was not told of yet; returns how many. Failures are tried again."""
    settings = services.settings
    if not settings.smtp_host:
        return 0
    recipients = await _recipients(services)
    if not recipients:
        return 0
    async with services.database.reading() as session:
        rows = await session.execute(
            select(Handoff.id, Conversation)
            .join(Conversation, Conversation.id == Handoff.conversation_id)
            .where(Handoff.stage == "queued", Handoff.mailed_at.is_(None))
        )
        waiting = [(number, conversation) for number, conversation in rows]
    sent = 0
    for number, conversation in waiting:
        async with services.database.transaction() as session:
            claimed = await session.execute(
                update(Handoff)
                .where(Handoff.id == number, Handoff.mailed_at.is_(None))
                .values(mailed_at=services.clock())
                .returning(Handoff.id)
            )
            if claimed.first() is None:
                continue
        try:
            for address, language in recipients:
                await _send(settings, compose(settings, services, address, language, conversation))
            sent += 1
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            log.warning("mail_failed", kind=type(error).__name__)
            async with services.database.transaction() as session:
                await session.execute(update(Handoff).where(Handoff.id == number).values(mailed_at=None))
    return sent


async def watch(services: Services) -> None:
    """Mail whenever somebody queues; look again from time to time for what failed. Runs until it is cancelled."""
    async with services.bus.subscribe(DESK) as subscription:
        while True:
            try:
                await mail_waiting(services)
            except Exception as error:
                log.warning("mail_watch_failed", kind=type(error).__name__)
            deadline = asyncio.get_running_loop().time() + LOOK_AGAIN
            while (left := deadline - asyncio.get_running_loop().time()) > 0:
                event = await subscription.next(left)
                if event is not None and event.kind in {"queue", "holder"}:
                    break
