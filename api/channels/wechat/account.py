"""The account: its parts, made once from the settings, and who is at work for whom in this process."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from api.channels.wechat.client import WechatClient
from api.channels.wechat.commands import Commands, load_commands
from api.channels.wechat.envelope import Envelope
from api.channels.wechat.models import WechatPerson
from api.channels.wechat.push import Push
from api.secrets import Secrets
from api.services import Services
from api.settings import Settings

AT_ONCE = 8
"""People who are answered at a time; more would only keep each other waiting, and pushes from being stored."""
NEEDED = ("wechat_app_id", "wechat_app_secret", "wechat_token", "secret_key")


@dataclass(frozen=True)
class Received:
    """A stored push. `reply`: what its first delivery was answered with, if this is a later one; `open`: nobody has begun it."""

    person_id: str
    push_id: int
    open: bool = True
    reply: str | None = None


Waiting = tuple[Push, asyncio.Future[Received | None]]
"""A push that is to be stored, and who waits for that."""


@dataclass
class Intake:
    """What came while others were being stored."""

    waiting: list[Waiting] = field(default_factory=list)
    storing: bool = False


class AccountError(ValueError):
    """The settings of the channel are not complete; the message says what is missing."""


@dataclass
class Account:
    """What the channel works with. `held` counts the pushes that wait here for their answer, by person."""

    envelope: Envelope
    client: WechatClient
    secrets: Secrets
    commands: Commands
    held: Counter[str] = field(default_factory=Counter)
    working: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    queued: set[str] = field(default_factory=set)
    """People who wait to be among those."""
    wanted: set[str] = field(default_factory=set)
    """People of whom a push was stored that nobody may have looked for yet."""
    intake: Intake = field(default_factory=Intake)
    finished: WeakValueDictionary[int, asyncio.Event] = field(default_factory=WeakValueDictionary)
    """Set when a push is answered, for those who wait for that in this process."""

    def openid(self, person: WechatPerson) -> str:
        """WeChat's id of a person, which is kept encrypted."""
        return self.secrets.box.decrypt(person.openid.encode()).decode()


def missing(settings: Settings) -> list[str]:
    """The settings that the channel still needs."""
    wanted = NEEDED if settings.wechat_mode == "plain" else (*NEEDED, "wechat_aes_key")
    return [f"WENLU_{name.upper()}" for name in wanted if getattr(settings, name) is None]


def make_account(services: Services) -> Account | None:
    """The account of the settings; None when they name none. AccountError when they name half of one."""
    settings = services.settings
    if settings.wechat_app_id is None:
        return None
    if lacking := missing(settings):
        raise AccountError(f"The WeChat channel needs {', '.join(lacking)} as well. See docs/wechat.md.")
    assert settings.wechat_token and settings.secret_key
    key = settings.wechat_aes_key.get_secret_value() if settings.wechat_aes_key else None
    token = settings.wechat_token.get_secret_value()
    try:
        envelope = Envelope(token, settings.wechat_app_id, key, settings.wechat_mode, settings.wechat_clock_seconds)
    except ValueError as error:
        raise AccountError(f"WENLU_WECHAT_AES_KEY is no EncodingAESKey: {error}") from error
    client = WechatClient(settings, services.database, services.clock)
    return Account(envelope, client, Secrets(settings.secret_key), load_commands())
