"""WeChat's API as far as we use it: texts to a person, their language, what they sent, the menu.

Documented at https://developers.weixin.qq.com/doc/service/api/ under the names given at each method.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from api.channels.wechat.errors import TOO_LONG, UNREACHABLE, WechatError
from api.channels.wechat.token import Fetched, Tokens
from api.clock import Clock
from api.db import Database
from api.i18n import NAMES
from api.secrets import Secrets
from api.settings import Settings

__all__ = ["Media", "WechatClient", "WechatError"]

SECONDS = 5.0
MEDIA_SECONDS = 30.0
MOST_JSON = 1024 * 1024
MOST_MEDIA = 10 * 1024 * 1024
JSON_TYPES = ("application/json", "text/")
TYPING_ANYWAY = frozenset({45080, 45081})  # nobody wrote for 30 s; typing is shown already


@dataclass(frozen=True)
class Media:
    """A file that a person sent: its bytes and its MIME type as WeChat names it."""

    content: bytes
    type: str


class WechatClient:
    """The account's side of WeChat's API. Whatever fails is a `WechatError`; a bad token is renewed once."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        if not (settings.wechat_app_id and settings.wechat_app_secret and settings.secret_key):
            raise ValueError("WENLU_WECHAT_APP_ID, WENLU_WECHAT_APP_SECRET and WENLU_SECRET_KEY are needed")
        self._app_id, self._secret = settings.wechat_app_id, settings.wechat_app_secret
        logging.getLogger("httpx").addFilter(_names_no_token)
        self._http = httpx.AsyncClient(
            base_url=settings.wechat_api_url, timeout=SECONDS, trust_env=False, follow_redirects=False
        )
        box = Secrets(settings.secret_key).box
        self._tokens = Tokens(self._app_id, database, box, clock, self._new_token)

    async def send_text(self, openid: str, text: str) -> None:
        """Send a text of at most 2,048 UTF-8 bytes to a person (sendCustomMessage)."""
        await self._post(
            "/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}}
        )

    async def typing(self, openid: str, on: bool = True) -> None:
        """Show, or end, "typing" on a person's phone (typing). WeChat ends it by itself after 15 s or a message.

        Where WeChat will not show it again or any more, nothing happens.
        """
        try:
            command = "Typing" if on else "CancelTyping"
            await self._post("/cgi-bin/message/custom/typing", {"touser": openid, "command": command})
        except WechatError as error:
            if error.code not in TYPING_ANYWAY:
                raise

    async def user_language(self, openid: str) -> str | None:
        """The language that a person's WeChat is set to, if it is one of ours (userInfo)."""
        said = await self._get("/cgi-bin/user/info", {"openid": openid, "lang": "en"})
        return _our_language(said.get("language"))

    async def media(self, media_id: str) -> Media:
        """A picture or voice that somebody sent, at most 10 MiB (getMedia). WeChat keeps it for three days."""
        reply = await self._call("GET", "/cgi-bin/media/get", {"media_id": media_id}, most=MOST_MEDIA)
        if _json(reply) is not None:  # a video comes as an address, which nothing here sends
            raise WechatError(TOO_LONG)
        return reply

    async def create_menu(self, menu: dict[str, Any]) -> None:
        """Make this the account's menu (createCustomMenu)."""
        await self._post("/cgi-bin/menu/create", menu)

    async def menu(self) -> dict[str, Any]:
        """The account's menu as it is shown now, whoever made it (getCurrentSelfmenuInfo)."""
        return await self._get("/cgi-bin/get_current_selfmenu_info", {})

    async def close(self) -> None:
        """Give the connections back."""
        await self._tokens.close()
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        await self._call("POST", path, {}, _encoded(body))

    async def _get(self, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        said = _json(await self._call("GET", path, parameters))
        if said is None:
            raise WechatError(UNREACHABLE, uncertain=True)
        return said

    async def _call(
        self, method: str, path: str, parameters: dict[str, str], body: bytes | None = None, most: int = MOST_JSON
    ) -> Media:
        """One call with the token; on an error of the token once more with another one."""
        token = await self._tokens.current()
        reply = await self._ask(method, path, parameters, body, most, token.value)
        if isinstance(reply, WechatError) and reply.kind == "token":
            token = await self._tokens.another(token)
            reply = await self._ask(method, path, parameters, body, most, token.value)
        if isinstance(reply, WechatError):
            raise reply
        return reply

    async def _new_token(self, force: bool) -> Fetched:
        """Ask for the token (getStableAccessToken); `force` makes WeChat drop the one it gave before."""
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        reply = await self._ask("POST", "/cgi-bin/stable_token", {}, _encoded(body), MOST_JSON)
        if isinstance(reply, WechatError):
            raise reply
        fetched = Fetched.of(_json(reply))
        if fetched is None:
            raise WechatError(UNREACHABLE)
        return fetched

    async def _ask(
        self,
        method: str,
        path: str,
        parameters: dict[str, str],
        body: bytes | None,
        most: int,
        token: SecretStr | None = None,
    ) -> Media | WechatError:
        """One request, and what came of it. The error is not raised here, where its traceback would name the token."""
        known = {"access_token": token.get_secret_value()} if token else {}
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            async with (
                asyncio.timeout(MEDIA_SECONDS if most == MOST_MEDIA else SECONDS),
                self._http.stream(method, path, params=known | parameters, content=body, headers=headers) as response,
            ):
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > most:
                        return WechatError(TOO_LONG)
                reply = Media(bytes(content), response.headers.get("content-type", "").lower())
                return (_error(reply) or reply) if response.status_code == 200 else WechatError(UNREACHABLE, True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return WechatError(UNREACHABLE)
        except (httpx.HTTPError, TimeoutError):
            return WechatError(UNREACHABLE, uncertain=True)


def _encoded(body: dict[str, Any]) -> bytes:
    """JSON in UTF-8: WeChat shows \\u escapes as they stand. Secrets are opened here only."""
    return json.dumps(body, ensure_ascii=False, default=SecretStr.get_secret_value).encode("utf-8", "replace")


def _json(reply: Media) -> dict[str, Any] | None:
    """The reply's JSON object, or None where it is something else; WeChat calls JSON also plain text."""
    if not reply.type.startswith(JSON_TYPES):
        return None
    try:
        said = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _error(reply: Media) -> WechatError | None:
    said = _json(reply)
    if said is None:
        readable = not reply.type.startswith(JSON_TYPES)
        return None if readable else WechatError(UNREACHABLE, uncertain=True)
    code = said.get("errcode", 0)
    return WechatError(code if isinstance(code, int) else UNREACHABLE) if code else None


def _our_language(named: object) -> str | None:
    code = named.partition("_")[0].lower() if isinstance(named, str) else ""
    return code if code in NAMES else None


def _names_no_token(record: logging.LogRecord) -> bool:
    """httpx logs addresses, and WeChat's carry the token."""
    return "access_token=" not in record.getMessage()
