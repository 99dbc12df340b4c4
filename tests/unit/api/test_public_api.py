"""The public API's surface: access, errors, export, erase, search, health, limits, headers, reference."""

import asyncio
import json
import uuid
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from api import schemas
from api.app import SetupError, create_app
from api.conversations import service
from api.conversations.models import Conversation, Feedback, MessageRow, PendingErasure, Turn
from api.handoff.models import Handoff
from api.i18n import NAMES
from api.settings import Settings
from tests.unit.api.conftest import House, Start, until
from tests.unit.api.corpus import DEPOSIT, OVERSTAY
from tests.unit.api.peers import Bot, answer, serving


def code(response: httpx.Response) -> str:
    body = response.json()
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "request_id"}
    assert body["error"]["request_id"] == response.headers["x-request-id"]
    return body["error"]["code"]


async def test_opening(house: House) -> None:
    """A conversation is opened with consent; its token is long, and only its hash is kept."""
    response = await house.http.post("/api/v1/conversations", json={"language": "fr", "consent": True})
    body = response.json()
    assert response.status_code == 201 and set(body) == {"id", "token", "language"} and body["language"] == "fr"
    assert len(body["token"]) >= 40
    async with house.services.database.reading() as session:
        kept = await session.get_one(Conversation, body["id"])
    assert body["token"] not in json.dumps([str(getattr(kept, column.key)) for column in kept.__table__.columns])


@pytest.mark.parametrize("path", ["/messages", "/export", "/events"])
async def test_a_wrong_token(house: House, path: str) -> None:
    """Without token, with a wrong one and with somebody else's there is only 401."""
    talk, other = await house.open(), await house.open()
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": other.token}, other.headers):
        response = await house.http.get(talk.path + path, headers=headers)
        assert response.status_code == 401 and code(response) == "unauthorized"


async def test_somebody_elses_conversation(house: House) -> None:
    """With another conversation's token nothing can be written, erased or handed over."""
    talk, other = await house.open(), await house.open()
    other.id = talk.id
    assert (await other.post(text="hello")).status_code == 401
    for method, path in (
        ("DELETE", ""),
        ("POST", "/handoff"),
        ("PUT", "/language"),
        ("PUT", "/handoff"),
        ("POST", "/feedback"),
    ):
        body = {"language": "fr", "lines": {}, "message_id": "x", "helpful": True}
        keys = {
            "/language": ["language"],
            "/handoff": ["lines"] if method == "PUT" else [],
            "/feedback": ["message_id", "helpful"],
        }
        sent = {key: body[key] for key in keys.get(path, [])}
        response = await house.http.request(method, talk.path + path, headers=other.headers, json=sent)
        assert response.status_code == 401, (method, path)
    assert await talk.messages() == []


async def test_no_such_conversation(house: House) -> None:
    """A conversation that does not exist is 404."""
    response = await house.http.get(
        f"/api/v1/conversations/{uuid.uuid4()}/messages", headers={"Authorization": "Bearer x"}
    )
    assert response.status_code == 404 and code(response) == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "expected"),
    [
        ("GET", "/api/v1/nothing-here-SECRET", b"", 404, "not_found"),
        ("PATCH", "/api/v1/conversations", b"", 405, "method_not_allowed"),
        ("POST", "/api/v1/conversations", b"{not json SECRET", 422, "invalid_request"),
        ("POST", "/api/v1/conversations", b'{"consent": "SECRET"}', 422, "invalid_request"),
        ("POST", "/api/v1/conversations", b'{"consent": true, "SECRET": 1}', 422, "invalid_request"),
        ("POST", "/api/v1/conversations", b'{"consent": true, "language": "SECRET SECRET"}', 422, "invalid_request"),
        ("POST", "/api/v1/conversations", b"\xff\xfe", 422, "invalid_request"),
        ("GET", "/api/v1/search?q=", b"", 422, "invalid_request"),
        ("POST", "/api/v1/conversations", b"[" * 60_000, 400, "bad_request"),
        ("POST", "/api/v1/conversations", b"x" * 70_000, 413, "too_large"),
    ],
)
async def test_errors_have_one_shape(
    house: House, method: str, path: str, content: bytes, status: int, expected: str
) -> None:
    """Every error has the one shape and never repeats what was sent."""
    response = await house.http.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert (response.status_code, code(response)) == (status, expected)
    assert "SECRET" not in response.text


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hello"},
        {"client_message_id": "a"},
        {"client_message_id": "a", "text": "b", "choice": "c"},
        {"client_message_id": "", "text": "b"},
        {"client_message_id": "x" * 200, "text": "b"},
        {"client_message_id": "a", "text": 7},
        {"client_message_id": "a", "text": "b", "extra": 1},
        {"client_message_id": "a", "text": "\ud800"},
    ],
)
async def test_messages_that_make_no_sense(house: House, body: dict[str, object]) -> None:
    """A message of another shape is refused with 422 and stored nowhere."""
    talk = await house.open()
    raw = json.dumps(body).encode()
    headers = {**talk.headers, "Content-Type": "application/json"}
    response = await house.http.post(f"{talk.path}/messages", content=raw, headers=headers)
    assert response.status_code == 422 and code(response)
    assert await talk.messages() == []


async def test_a_crash_is_told_in_the_one_shape(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody foresaw is 500 in the one shape, without a traceback or its text."""
    talk = await house.open()

    async def crash(*_: object) -> None:
        raise RuntimeError("SECRET")

    monkeypatch.setattr(service, "export", crash)
    response = await house.http.get(f"{talk.path}/export", headers=talk.headers)
    assert response.status_code == 500 and code(response) == "internal_error"
    assert "SECRET" not in response.text and "Traceback" not in response.text


async def test_request_ids(house: House) -> None:
    """A well-formed request id is kept, any other is replaced."""
    kept = await house.http.get("/api/v1/health", headers={"X-Request-ID": "abcdefgh-1"})
    replaced = await house.http.get("/api/v1/health", headers={"X-Request-ID": "<script>"})
    assert kept.headers["x-request-id"] == "abcdefgh-1" and "<" not in replaced.headers["x-request-id"]


async def test_security_headers(house: House) -> None:
    """Every answer carries a policy that lets only our own files run."""
    response = await house.http.get("/api/v1/health")
    assert response.headers["content-security-policy"].startswith("default-src 'self'")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_other_sites(start: Start) -> None:
    """Only the sites on the list may embed the widget; by default none."""
    house = await start(allowed_origins=["https://good.example"])
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    good = await house.http.options("/api/v1/conversations", headers={"Origin": "https://good.example", **asked})
    bad = await house.http.options("/api/v1/conversations", headers={"Origin": "https://bad.example", **asked})
    assert good.status_code == 200 and good.headers["access-control-allow-origin"] == "https://good.example"
    assert "access-control-allow-origin" not in bad.headers
    assert Settings.model_fields["allowed_origins"].get_default(call_default_factory=True) == []


async def test_limits_of_an_address(start: Start) -> None:
    """Too many requests of one address are 429 with Retry-After."""
    house = await start(rate_exempt=[], rate_address_burst=3, rate_address_per_minute=1)
    answers = [await house.http.post("/api/v1/conversations", json={"consent": True}) for _ in range(5)]
    assert [response.status_code for response in answers] == [201, 201, 201, 429, 429]
    assert code(answers[-1]) == "too_many_requests" and int(answers[-1].headers["retry-after"]) > 0


async def test_limits_of_a_conversation(start: Start) -> None:
    """Too many messages of one conversation are 429; another conversation is not concerned."""
    house = await start(rate_exempt=[], rate_conversation_burst=2, rate_conversation_per_minute=1)
    talk, other = await house.open(), await house.open()
    statuses = [(await talk.post(text="hello")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await other.post(text="hello")).status_code == 200


async def test_what_is_shown_has_the_documented_shape(house: House) -> None:
    """Every kind of message that the API gives is what the reference describes."""
    talk = await house.open()
    house.bot.reply = lambda turn: [answer(DEPOSIT, OVERSTAY)]
    schemas.TurnResult.model_validate(await talk.say("deposit"), strict=True)
    schemas.TurnResult.model_validate(await talk.say("help my house is on fire"), strict=True)
    schemas.TurnResult.model_validate(await house.queue(talk), strict=True)
    listed = await house.http.get(f"{talk.path}/messages", headers=talk.headers)
    shown = schemas.Messages.model_validate(listed.json(), strict=True)
    assert shown.messages[1].answer and shown.messages[1].model_dump(exclude_unset=True) == listed.json()["messages"][1]


async def test_export_holds_everything(house: House) -> None:
    """The export holds messages, turns, what was passed on and feedback, and no secret."""
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    talk = await house.open()
    message = (await talk.say("deposit"))["messages"][0]
    given = {"message_id": message["id"], "helpful": False, "comment": "too long"}
    assert (await house.http.post(f"{talk.path}/feedback", json=given, headers=talk.headers)).status_code == 204
    await house.queue(talk)
    exported = (await house.http.get(f"{talk.path}/export", headers=talk.headers)).json()
    assert exported["messages"] == await talk.messages()
    assert exported["feedback"][0]["comment"] == "too long" and exported["feedback"][0]["section"] == DEPOSIT
    assert exported["handoffs"][0]["stage"] == "queued" and len(exported["turns"]) == 2
    assert exported["conversation"]["last_section"] == DEPOSIT
    assert "token_hash" not in exported["conversation"]


async def test_feedback_on_somebody_elses_message(house: House) -> None:
    """Feedback goes only to messages of one's own conversation."""
    talk, other = await house.open(), await house.open()
    message = (await other.say("hello"))["messages"][0]
    given = {"message_id": message["id"], "helpful": True}
    assert (await house.http.post(f"{talk.path}/feedback", json=given, headers=talk.headers)).status_code == 404


async def test_erasing_leaves_nothing(house: House) -> None:
    """Erased is erased in every table and in the bot's memory; the other conversation stays."""
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    talk, other = await house.open(), await house.open()
    await other.say("hello")
    message = (await talk.say("a sentence that must go"))["messages"][0]
    await house.http.post(
        f"{talk.path}/feedback", json={"message_id": message["id"], "helpful": True}, headers=talk.headers
    )
    await house.queue(talk)
    sender = house.bot.turns[1]["sender"]
    assert (await house.http.delete(talk.path, headers=talk.headers)).status_code == 204
    assert house.bot.erased == [sender]
    async with house.services.database.reading() as session:
        for table in (MessageRow, Turn, Handoff, Feedback):
            assert (await session.scalars(select(table).where(table.conversation_id == talk.id))).all() == []
        assert await session.get(Conversation, talk.id) is None
        assert (await session.scalars(select(PendingErasure))).all() == []
    assert (await house.http.get(f"{talk.path}/messages", headers=talk.headers)).status_code == 404
    assert len(await other.messages()) == 2
    files = house.services.settings.data.glob("wenlu.db*")
    assert not [file for file in files if b"a sentence that must go" in file.read_bytes()]


async def test_erasing_waits_for_the_bot(start: Start) -> None:
    """What a bot that is down cannot erase is remembered and erased when it is back."""
    bot = Bot(url="http://127.0.0.1:9")
    house = await start(bot=bot)
    talk = await house.open()
    sender = (await house.conversation(talk)).sender
    assert (await house.http.delete(talk.path, headers=talk.headers)).status_code == 204
    async with house.services.database.reading() as session:
        assert (await session.scalars(select(PendingErasure))).one().attempts == 1
    async with serving(bot.app()) as url:
        again = await start(bot=Bot(url=url))

        async def erased() -> bool:
            async with again.services.database.reading() as session:
                return not (await session.scalars(select(PendingErasure))).all()

        await until(erased)
    assert bot.erased == [sender]


async def test_erasing_during_a_turn(house: House) -> None:
    """A conversation erased while the bot thinks stays erased."""
    talk = await house.open()
    house.bot.may_answer.clear()
    asking = asyncio.create_task(talk.post(text="hello"))
    await house.bot.arrived.wait()
    erasing = asyncio.create_task(house.http.delete(talk.path, headers=talk.headers))
    house.bot.may_answer.set()
    assert (await erasing).status_code == 204
    assert (await asking).status_code in (200, 404)
    async with house.services.database.reading() as session:
        assert (await session.scalars(select(MessageRow))).all() == []


async def test_retention(house: House) -> None:
    """What was closed 180 days ago, or not used for 180 days, is erased; the rest stays."""
    closed, unused, recent = await house.open(), await house.open(), await house.open()
    async with house.services.database.transaction() as session:
        (await session.get_one(Conversation, closed.id)).closed_at = house.time()
    house.time.forward(days=100)
    await recent.say("hello")
    assert await service.retain(house.services) == 0
    house.time.forward(days=81)
    assert await service.retain(house.services) == 2
    async with house.services.database.reading() as session:
        assert list(await session.scalars(select(Conversation.id))) == [recent.id]
    assert unused.id != recent.id
    house.time.forward(days=181)
    assert await service.retain(house.services) == 1


async def test_search(house: House) -> None:
    """Search gives rendered sections and passes the filters on."""
    hit = {
        "section": DEPOSIT,
        "brochure": "leasing/deposit",
        "topic": "leasing",
        "jurisdiction": "mainland",
        "score": 0.9,
    }
    house.retrieval.found = {
        "answerable": True,
        "confidence": 0.9,
        "hits": [hit],
        "nearest": [{"section": OVERSTAY, "topic": "visas", "score": 0.2}],
    }
    response = await house.http.get("/api/v1/search", params={"q": "押金", "language": "zh", "topic": "leasing"})
    found = schemas.SearchResult.model_validate(response.json(), strict=True)
    assert found.sections[0].title == "房东不退押金怎么办？" and found.sections[0].basis[0].title == "民法典第509条"
    assert found.nearest[0].section == "fine"
    assert house.retrieval.searches[0]["filter"] == {"topic": "leasing"}


async def test_search_without_retrieval(start: Start) -> None:
    """With retrieval down search says so."""
    house = await start(retrieval_url="http://127.0.0.1:9")
    response = await house.http.get("/api/v1/search", params={"q": "x"})
    assert response.status_code == 503 and code(response) == "search_unavailable"


async def test_ready_looks_at_the_parts(start: Start, data: object) -> None:
    """Ready is 200 when every part works; each part that fails is named, with 503."""
    house = await start()
    well = await house.http.get("/api/v1/ready")
    assert well.status_code == 200 and set(well.json()["parts"].values()) == {"ok"}
    house.bot.status = 500
    (house.services.settings.data / "published" / "current").unlink()
    fresh = await start(bot=Bot(url="http://127.0.0.1:9"), retrieval_url="http://127.0.0.1:9")
    ill = await fresh.http.get("/api/v1/ready")
    assert ill.status_code == 503
    assert ill.json()["parts"] == {"database": "ok", "bot": "failed", "retrieval": "failed", "publication": "failed"}
    assert (await fresh.http.get("/api/v1/health")).json() == {"status": "ok"}


async def test_without_publication_nothing_crashes(start: Start) -> None:
    """Before anything is published a resident is told that something is wrong, not shown an error page."""
    house = await start()
    (house.services.settings.data / "published" / "current").unlink()
    fresh = await start(bot=Bot(reply=lambda turn: [answer(DEPOSIT)]))
    message = (await (await fresh.open()).say("deposit"))["messages"][0]
    assert message["handoff"] == {"stage": "offered"} and "answer" not in message


async def test_the_widgets_words(house: House) -> None:
    """The widget's words come in any language, English where there are none."""
    english = (await house.http.get("/api/v1/widget/en")).json()
    assert english and all(isinstance(text, str) for text in english.values())
    assert set((await house.http.get("/api/v1/widget/xx")).json()) == set(english)


async def test_every_language_can_be_chosen_and_spoken(house: House) -> None:
    """All nineteen may be chosen, with or without a catalog; others are refused."""
    talk = await house.open()
    for language in NAMES:
        chosen = await house.http.put(f"{talk.path}/language", json={"language": language}, headers=talk.headers)
        assert chosen.status_code == 200 and chosen.json() == {"language": language}
        own = (await house.http.get(f"/api/v1/widget/{language}")).json()
        spoken = language if language in house.services.catalogs.languages else "en"
        assert own["widget.catalog"] == spoken
    refused = await house.http.put(f"{talk.path}/language", json={"language": "nl"}, headers=talk.headers)
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "language_unknown"


async def test_the_reference_is_served(house: House) -> None:
    """The reference can be read in a browser, without files from elsewhere."""
    response = await house.http.get("/api/v1/docs")
    assert response.status_code == 200 and "/api/v1/conversations" in response.text and "https://" not in response.text


async def test_openapi_is_complete(house: House) -> None:
    """Every address of the design is described, each with a sentence and the shape of its errors."""
    described = (await house.http.get("/api/v1/openapi.json")).json()["paths"]
    own = "/api/v1/conversations/{conversation_id}"
    wanted = {
        "/api/v1/conversations": {"post"},
        "/api/v1/conversations/carry": {"post"},
        f"{own}/code": {"post"},
        f"{own}/messages": {"post", "get"},
        f"{own}/events": {"get"},
        f"{own}/export": {"get"},
        f"{own}/language": {"put"},
        f"{own}/handoff": {"post", "put"},
        f"{own}/feedback": {"post"},
        own: {"delete"},
        "/api/v1/widget/{language}": {"get"},
        "/api/v1/search": {"get"},
        "/api/v1/health": {"get"},
        "/api/v1/ready": {"get"},
    }
    assert {path: set(described.get(path, {})) for path in wanted} == wanted
    for path, methods in described.items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)


def test_no_start_without_the_secret(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the secret shared with the bot the api does not start, and says what to do."""
    monkeypatch.delenv("WENLU_BOT_SECRET", raising=False)
    with pytest.raises(SetupError, match="WENLU_BOT_SECRET"):
        create_app(Settings())
    with pytest.raises(SetupError, match="WENLU_DESK_HOURS"):
        create_app(Settings(bot_secret=SecretStr("x"), desk_hours="whenever"))


def test_a_bucket_refills() -> None:
    """A token bucket gives its burst, then one token a period."""
    from api.limits import Buckets

    now = timedelta()
    buckets = Buckets(per_minute=60, burst=2, now=lambda: now.total_seconds())
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    assert buckets.take("b") == 0
    now += timedelta(seconds=1)
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
