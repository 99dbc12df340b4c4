"""What is wrong with the account's settings, each thing in a sentence that says what to do. No secret is ever in one."""

import base64
import binascii
import hashlib
import ipaddress
import re
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from api.channels.wechat.client import WechatClient
from api.channels.wechat.errors import UNREACHABLE, WechatError
from api.channels.wechat.menu import from_wechat, make_menu
from api.channels.wechat.models import WechatToken
from api.clock import utc_now
from api.db import Database
from api.i18n import Catalogs
from api.settings import Settings

SECONDS = 5.0
PATH = "/wechat"
"""Where the api takes WeChat's pushes."""
NO_SUCH_PERSON = 40003
MODES = {"plain": "明文模式", "compatible": "兼容模式", "safe": "安全模式"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, and what it is or what to do."""

    well: bool
    text: str


async def check(settings: Settings, catalogs: Catalogs) -> AsyncIterator[Finding]:
    """Look at the settings, then, as far as they allow, at the account itself."""
    wrong = settings_problems(settings)
    for sentence in wrong:
        yield Finding(False, sentence)
    if not wrong:
        yield Finding(True, "The settings are complete and well-formed.")
    if settings.public_url and settings.wechat_token:
        yield await address_finding(settings)
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        return
    refused = await token_problem(settings)
    yield Finding(refused is None, refused or "WeChat gives an access token for this AppID and AppSecret.")
    if refused is None:
        async with client_of(settings) as client:
            yield await menu_finding(settings, catalogs, client)
            yield await right_finding(client)


def settings_problems(settings: Settings) -> list[str]:
    """What is missing or has the wrong form. The forms are those of the account's server settings (服务器配置)."""
    found: list[str] = []
    if settings.wechat_app_id is None:
        found.append("WENLU_WECHAT_APP_ID is not set: copy the AppID from the account's developer page.")
    elif not re.fullmatch(r"wx[0-9a-f]{16}", settings.wechat_app_id):
        found.append("WENLU_WECHAT_APP_ID is no AppID: it is wx and 16 digits or letters a to f, copy it again.")
    if settings.wechat_app_secret is None:
        found.append("WENLU_WECHAT_APP_SECRET is not set: make an AppSecret on the account's developer page.")
    if settings.wechat_token is None:
        found.append("WENLU_WECHAT_TOKEN is not set: choose 3 to 32 letters and digits, and type the same there.")
    elif not re.fullmatch(r"[A-Za-z0-9]{3,32}", settings.wechat_token.get_secret_value()):
        found.append("WENLU_WECHAT_TOKEN is not 3 to 32 letters and digits: choose another one.")
    return found + _key_problems(settings) + _address_problems(settings)


def _key_problems(settings: Settings) -> list[str]:
    if settings.wechat_aes_key is None:
        if settings.wechat_mode == "plain":
            return []
        return [
            f"WENLU_WECHAT_AES_KEY is not set, and the mode {settings.wechat_mode} needs it: "
            "let the account's server settings make one (43 characters) and copy it."
        ]
    key = settings.wechat_aes_key.get_secret_value()
    try:
        well = len(key) == 43 and len(base64.b64decode(f"{key}=", validate=True)) == 32
    except (binascii.Error, ValueError):
        well = False
    return [] if well else ["WENLU_WECHAT_AES_KEY is no EncodingAESKey: it is 43 letters and digits, copy it again."]


def _address_problems(settings: Settings) -> list[str]:
    if settings.public_url is None:
        return ["WENLU_PUBLIC_URL is not set: WeChat and the links in answers need the https address of this system."]
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https" or not parts.hostname:
        return ["WENLU_PUBLIC_URL is no https address: people's links and WeChat's pushes must not go unencrypted."]
    if parts.port not in (None, 443):
        return ["WENLU_PUBLIC_URL names a port: WeChat pushes to port 443 only."]
    return []


def push_address(settings: Settings) -> str | None:
    """The address to type into the account's server settings; None as long as none is set here."""
    return settings.address + PATH if settings.public_url else None


async def address_finding(settings: Settings) -> Finding:
    """Ask our own address what WeChat asks when it is typed in; it proves there that it knows the token."""
    assert settings.wechat_token
    address = push_address(settings) or ""
    echo, nonce, timestamp = secrets.token_hex(8), secrets.token_hex(5), str(int(utc_now().timestamp()))
    signed = "".join(sorted([settings.wechat_token.get_secret_value(), timestamp, nonce]))
    query = {
        "signature": hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest(),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
            reply = await http.get(address, params=query)
    except (httpx.HTTPError, httpx.InvalidURL):
        return Finding(False, f"{address} cannot be reached from here: is Wenlu running, and its proxy in front of it?")
    if reply.status_code == 200 and reply.text == echo:
        return Finding(True, f"{address} answers as WeChat expects.")
    return Finding(
        False,
        f"{address} does not answer as WeChat expects (status {reply.status_code}): start Wenlu with these settings, "
        f"and let the proxy pass {PATH} on with its query.",
    )


async def token_problem(settings: Settings) -> str | None:
    """Ask for the token as the channel does, without making the present one void (getStableAccessToken)."""
    assert settings.wechat_app_secret
    body = {
        "grant_type": "client_credential",
        "appid": settings.wechat_app_id,
        "secret": settings.wechat_app_secret.get_secret_value(),
        "force_refresh": False,
    }
    try:
        async with httpx.AsyncClient(base_url=settings.wechat_api_url, timeout=SECONDS, trust_env=False) as http:
            said: Any = (await http.post("/cgi-bin/stable_token", json=body)).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return explained(UNREACHABLE)
    if not isinstance(said, dict):
        return explained(UNREACHABLE)
    code = said.get("errcode", 0)
    if not code and said.get("access_token"):
        return None
    return explained(code if isinstance(code, int) else UNREACHABLE, str(said.get("errmsg", "")))


async def menu_finding(settings: Settings, catalogs: Catalogs, client: WechatClient) -> Finding:
    """Whether the account's menu is the one that we would put."""
    try:
        shown = from_wechat(await client.menu())
    except WechatError as error:
        return Finding(False, f"The menu cannot be read. {explained(error.code)}")
    if shown == make_menu(catalogs, settings.public_url):
        return Finding(True, "The account has the menu of this version.")
    return Finding(False, "The account's menu is another one or missing: put it there with `wenlu wechat menu push`.")


async def right_finding(client: WechatClient) -> Finding:
    """Whether the account may write to people by itself, asked with somebody who does not exist.

    WeChat looks at the right first (48001) and then at the person (40003).
    """
    try:
        await client.typing("o" + secrets.token_hex(13)[:27])
    except WechatError as error:
        if error.code != NO_SUCH_PERSON:
            return Finding(False, f"Answers that take longer cannot be sent. {explained(error.code)}")
    return Finding(True, "The account may send customer-service messages.")


SENTENCES = {
    UNREACHABLE: "WeChat's API cannot be reached: look at the network and at WENLU_WECHAT_API_URL.",
    -1: "WeChat is busy: try again in a minute.",
    40001: "WeChat does not accept the AppSecret: reset it on the developer page and set WENLU_WECHAT_APP_SECRET.",
    40013: "WeChat does not know this AppID: copy it again into WENLU_WECHAT_APP_ID.",
    40125: "WeChat does not accept the AppSecret: reset it on the developer page and set WENLU_WECHAT_APP_SECRET.",
    40243: "The AppSecret is frozen: unfreeze it on the account's developer page.",
    45009: "The account's calls of today are used up: try again tomorrow.",
    45011: "Too many calls in this minute: try again in the next one.",
    48001: "The account has no right to this: it has to be a verified (已认证) Service Account.",
}


def explained(code: int, message: str = "") -> str:
    """An error code as a sentence that says what to do. Of WeChat's own message only a network address is repeated."""
    if code == 40164:
        return (
            f"WeChat refuses calls from {_address_in(message) or 'this machine'}: "
            "add this address to the IP allow-list (IP白名单) on the account's developer page."
        )
    return SENTENCES.get(code) or f"WeChat refuses with code {code}: its list of return codes (全局返回码) says why."


def _address_in(message: str) -> str | None:
    """The address in "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"."""
    for word in re.findall(r"[0-9A-Fa-f:.]{3,45}", message.partition("invalid ip")[2]):
        try:
            return str(ipaddress.ip_address(word))
        except ValueError:
            continue
    return None


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncIterator[WechatClient]:
    """A client for one command: it keeps its token in a file of its own, and needs neither database nor key."""
    own = settings.model_copy(update={"secret_key": SecretStr(secrets.token_urlsafe())})
    with tempfile.TemporaryDirectory(prefix="wenlu-") as folder:
        database = Database(f"sqlite+inline:///{folder}/token.db")
        async with database.engine.begin() as connection:
            await connection.run_sync(WechatToken.metadata.tables[WechatToken.__tablename__].create)
        client = WechatClient(own, database, utc_now)
        try:
            yield client
        finally:
            await client.close()
            await database.close()
