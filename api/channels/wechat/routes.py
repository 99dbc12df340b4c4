"""WeChat's side door: its check of our address, its pushes, and the copy that somebody asked for."""

import asyncio
import json
import secrets
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from itsdangerous import BadSignature
from starlette.background import BackgroundTask

from api.channels.wechat import inbox, outbox, people, sending, storing, talk
from api.channels.wechat.account import Account, Received
from api.channels.wechat.envelope import Opened, Refused
from api.channels.wechat.errors import WechatError
from api.channels.wechat.push import BadPush, Push, read_push, text_reply
from api.errors import not_found
from api.services import Services, services_of

log = structlog.get_logger(__name__)

router = APIRouter(include_in_schema=False)
ACKNOWLEDGED = "success"
Parts = Annotated[Services, Depends(services_of)]


async def account_of(request: Request) -> Account:
    """The account, for a route; 404 where none is set up."""
    account: Account | None = request.app.state.wechat
    if account is None:
        raise not_found()
    return account


Ours = Annotated[Account, Depends(account_of)]


@router.get("/wechat")
async def check_address(
    services: Parts,
    account: Ours,
    signature: Annotated[str, Query(max_length=200)] = "",
    timestamp: Annotated[str, Query(max_length=200)] = "",
    nonce: Annotated[str, Query(max_length=200)] = "",
    echostr: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """WeChat asks whether this address is ours."""
    if not account.envelope.check_url(signature, timestamp, nonce, services.clock().timestamp()):
        return _refusal()
    return Response(echostr, media_type="text/plain")


@router.post("/wechat")
async def push(request: Request, services: Parts, account: Ours) -> Response:
    """A message or event: stored, then answered in the same breath if that is possible, else acknowledged.

    What WeChat signed but we cannot read is acknowledged, too: sent again it were not better.
    """
    in_time = asyncio.get_running_loop().time() + services.settings.wechat_reply_seconds
    body = await request.body()
    try:
        opened = account.envelope.open(request.query_params, body, services.clock().timestamp())
        read = read_push(opened.xml)
    except Refused:
        return _refusal()
    except BadPush:
        log.warning("wechat_push_unreadable")
        return _acknowledgement()
    received = await storing.receive(services, account, read)
    if received is None:
        return _acknowledgement()
    text, after = received.reply, None
    if text is None and (finished := _begin(services, account, read, received)):
        text = await _answer(request, services, account, read, received, finished, in_time)
        after = BackgroundTask(sending.flush, services, account, received.person_id)
    if text is None:
        return _acknowledgement(after)
    return _reply(services, account, read, opened, text, after)


def _refusal() -> Response:
    """The same for whatever was wrong."""
    return Response("", status_code=403, media_type="text/plain")


def _acknowledgement(after: BackgroundTask | None = None) -> Response:
    return Response(ACKNOWLEDGED, media_type="text/plain", background=after)


def _begin(services: Services, account: Account, read: Push, received: Received) -> asyncio.Event | None:
    """Have it answered; what is set when it is, or None when nobody should wait for that.

    With more questions than are worked on at a time there is no waiting: the answer is sent when its turn has come.
    """
    finished = account.finished.get(received.push_id)
    if received.open:
        finished = account.finished.setdefault(received.push_id, finished or asyncio.Event())
        work = inbox.work(services, account, received.person_id, talk.urgent(services, read))
        services.spawn(work, f"wechat:{received.push_id}")
    return None if account.working.locked() else finished


async def _answer(
    request: Request,
    services: Services,
    account: Account,
    read: Push,
    received: Received,
    finished: asyncio.Event,
    in_time: float,
) -> str | None:
    """The first thing that is said, if it is said in time and still heard; whatever else there is follows by message."""
    person_id = received.person_id
    account.held[person_id] += 1
    try:
        async with asyncio.timeout_at(in_time):
            await finished.wait()
        if await request.is_disconnected():
            return None
        return await outbox.take_reply(services, person_id, received.push_id)
    except TimeoutError:
        services.spawn(_typing(account, read.openid), "wechat:typing")
        return None
    finally:
        account.held[person_id] -= 1
        if not account.held[person_id]:
            del account.held[person_id]


async def _typing(account: Account, openid: str) -> None:
    try:
        await account.client.typing(openid)
    except WechatError as error:
        log.info("wechat_typing", kind=error.kind)


def _reply(
    services: Services,
    account: Account,
    read: Push,
    opened: Opened,
    text: str,
    after: BackgroundTask | None = None,
) -> Response:
    at = int(services.clock().timestamp())
    xml = text_reply(read, text, at)
    sealed = account.envelope.seal(xml, at, str(secrets.randbelow(10**10)), opened.encrypted)
    return Response(sealed, media_type="text/xml", background=after)


@router.get("/wechat/export/{token}")
async def export(token: str, services: Parts, account: Ours) -> Response:
    """Everything that is kept of the person who asked for it in the chat."""
    try:
        person_id = people.who_exports(account, token)
    except BadSignature:
        raise not_found() from None
    kept = await people.export(services, person_id)
    if kept is None:
        raise not_found()
    headers = {
        "Content-Disposition": 'attachment; filename="wenlu.json"',
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    body = json.dumps(kept, ensure_ascii=False, indent=2)
    return Response(body, media_type="application/json", headers=headers)
