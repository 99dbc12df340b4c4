"""A small server that keeps the public API's contract, so that the widget can be driven into every corner.

The pages, the catalogs and the knowledge are the real ones; conversations are scripted and live in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from api import errors
from api.edge import Edge
from api.i18n import Catalogs
from api.pages.routes import router as pages
from knowledge import Corpus
from knowledge.emergencies import load_emergencies
from knowledge.service_points import load_service_points
from tests.browser.small_corpus import small_corpus

NOTICE = [
    "Who sees this: the mediators of this service.",
    "Citizens and organisations in China must report illegal stay and work to the police (Exit-Entry Law, art. 45).",
]


@cache
def corpus() -> Corpus:
    return small_corpus()


@dataclass
class Talk:
    """One conversation, its listeners and the turns already taken."""

    token: str
    language: str
    holder: str = "bot"
    messages: list[dict[str, Any]] = field(default_factory=list)
    turns: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    packet: list[dict[str, str]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Send an event that is not a message."""
        self.told.append((name, data))

    def add(self, role: str, text: str, **more: Any) -> dict[str, Any]:
        message = {
            "id": str(uuid4()),
            "seq": len(self.messages) + 1,
            "role": role,
            "language": self.language,
            "text": text,
            "buttons": [],
            "created_at": datetime.now(UTC).isoformat(),
            **more,
        }
        self.messages.append(message)
        self.changed.set()
        return message


@dataclass
class Stage:
    """What a test can see and steer: conversations, requests that came, and faults to make."""

    catalogs: Catalogs = field(default_factory=Catalogs.load)
    talks: dict[str, Talk] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    fail_messages: int = 0  # so many POSTs of messages are stored and then answered 503, as when the answer is lost
    streams: int = 0

    @property
    def talk(self) -> Talk:
        """The newest conversation."""
        return list(self.talks.values())[-1]


def section(key: str, language: str) -> dict[str, Any]:
    """A section as the API shows it."""
    found = corpus().sections[key]
    shown = language if language in found.texts else "en"
    return {
        "brochure": found.brochure,
        "section": key.partition("#")[2],
        "title": found.texts[shown].heading,
        "text": found.texts[shown].markdown,
        "language": shown,
        "translation": "curated" if shown == language else "none",
        "jurisdiction": found.jurisdiction,
        "verified_on": found.verified_on.isoformat(),
        "url": f"/brochures/{found.brochure}?language={language}#{key.partition('#')[2]}",
        "next_steps": found.next_steps.get(shown, []),
        "basis": [{"law": b.law, "article": b.article, "title": b.title(shown, corpus())} for b in found.basis],
    }


def reply(stage: Stage, talk: Talk, text: str) -> None:
    """What the scripted assistant says to a text."""
    low = text.lower()
    emergency = load_emergencies().screen(text)
    if emergency:
        emergencies = load_emergencies()
        numbers = emergencies.numbers(emergency.kind, "mainland")
        facts = {"kind": emergency.kind, "numbers": numbers}
        talk.add("assistant", f"Danger\n\nCall now: {', '.join(numbers)}.", emergency=facts)
        talk.add("assistant", f"Show this to somebody near you:\n\n{emergencies.card(emergency.kind)}")
        person = [{"title": "Talk to a person", "payload": "handoff:offer"}]
        talk.add("assistant", "Go to a safe place.", buttons=person, handoff={"stage": "offered"})
    elif "nothing" in low:
        talk.add(
            "assistant", "I did not find that.", buttons=[{"title": "Talk to a person", "payload": "handoff:offer"}]
        )
    elif "where do i go" in low:
        text = "These can help:\n\n**Arbitration** (仲裁)\n- Free of charge\n☎ 12333\n\n**Help**\n☎ +852 2824 6111"
        talk.add("assistant", text)
    else:
        keys = [key for key in corpus().sections if key.startswith("leasing/")][:1]
        sections = [section(key, talk.language) for key in keys]
        more = corpus().sections[keys[0]].related[:2]
        buttons = [{"title": section(key, talk.language)["title"], "payload": f"section:{key}"} for key in more]
        answer = {"topic": "leasing", "confidence": 0.9, "sections": sections}
        talk.add("assistant", sections[0]["text"], answer=answer, buttons=buttons)


def choose(stage: Stage, talk: Talk, payload: str) -> None:
    """What follows a button."""
    if payload == "handoff:confirm":
        talk.holder = "queue"
        talk.add("system", "A person will read this.", handoff={"stage": "queued", "place": 2})
    elif payload == "handoff:cancel":
        talk.add("system", "Nothing was passed on.", handoff={"stage": "returned"})
    elif payload.startswith("section:"):
        shown = section(payload.partition(":")[2], talk.language)
        talk.add("assistant", shown["text"], answer={"topic": "leasing", "confidence": 1, "sections": [shown]})
    else:
        offer(talk)


def offer(talk: Talk) -> dict[str, Any]:
    """The packet, to be confirmed."""
    talk.packet = [
        {"key": "language", "label": "Language", "text": talk.language},
        {"key": "asked", "label": "What you asked", "text": "My landlord keeps my deposit"},
        {"key": "wants", "label": "What you want", "text": "Talk to a person"},
        {"key": "contact", "label": "Contact", "text": "None given"},
    ]
    packet = {
        "lines": talk.packet,
        "notice": NOTICE,
        "desk": {"open": False, "hours": "Monday to Friday, 09:00–17:00 (Beijing time)"},
    }
    buttons = [{"title": "Pass it on", "payload": "handoff:confirm"}, {"title": "Cancel", "payload": "handoff:cancel"}]
    return talk.add(
        "assistant", "Check what will be passed on.", buttons=buttons, handoff={"stage": "confirm", "packet": packet}
    )


def create_app(stage: Stage) -> FastAPI:
    """The contract server. Everything a test steers is in `stage`."""
    load_emergencies()  # takes seconds the first time, for which no browser should wait
    app = FastAPI()
    app.add_middleware(Edge)
    errors.install(app)
    app.state.stage = stage
    app.state.services = SimpleNamespace(
        catalogs=stage.catalogs,
        library=SimpleNamespace(corpus=corpus),
        service_points=load_service_points(),
        settings=SimpleNamespace(retention_days=180, public_url=None),
        clock=lambda: datetime.now(UTC),
    )

    def talk_of(conversation: str, authorization: str) -> Talk:
        talk = stage.talks.get(conversation)
        if talk is None or authorization != f"Bearer {talk.token}":
            raise errors.not_found()
        return talk

    @app.middleware("http")
    async def note(request: Request, handle: Any) -> Response:
        stage.seen.append((request.method, request.url.path))
        answer: Response = await handle(request)
        return answer

    @app.get("/api/v1/widget/{language}")
    async def words(language: str) -> dict[str, str]:
        return stage.catalogs.widget(language)

    @app.post("/api/v1/conversations", status_code=201)
    async def begin(body: dict[str, Any]) -> dict[str, str]:
        if body.get("consent") is not True:
            raise errors.ApiError(403, "consent_required", "Consent first.")
        key = str(uuid4())
        stage.talks[key] = Talk(token=str(uuid4()), language=body.get("language") or "en")
        return {"id": key, "token": stage.talks[key].token, "language": stage.talks[key].language}

    @app.post("/api/v1/conversations/{key}/messages")
    async def post(key: str, body: dict[str, Any], authorization: str = Header("")) -> Any:
        talk = talk_of(key, authorization)
        stage.bodies.append(body)
        name = body["client_message_id"]
        if name not in talk.turns:
            before = len(talk.messages) + 1
            if len(body.get("text", "")) > 3000:
                raise errors.ApiError(413, "too_large", "Too long.")
            title = next(
                (b["title"] for m in talk.messages for b in m["buttons"] if b["payload"] == body.get("choice")), ""
            )
            talk.add("resident", body.get("text", title))
            if "choice" in body:
                choose(stage, talk, body["choice"])
            elif talk.holder != "mediator":
                reply(stage, talk, body["text"])
            talk.turns[name] = talk.messages[before:]
        if stage.fail_messages:
            stage.fail_messages -= 1
            raise errors.ApiError(503, "unavailable", "Later.")
        return {"messages": talk.turns[name], "holder": talk.holder, "language": talk.language}

    @app.get("/api/v1/conversations/{key}/messages")
    async def read(key: str, after: int = 0, authorization: str = Header("")) -> Any:
        talk = talk_of(key, authorization)
        return {"messages": talk.messages[after:], "holder": talk.holder, "language": talk.language}

    @app.get("/api/v1/conversations/{key}/events")
    async def events(key: str, authorization: str = Header(""), last_event_id: str | None = Header(None)) -> Response:
        talk = talk_of(key, authorization)
        stage.streams += 1
        sent = int(last_event_id) if last_event_id else len(talk.messages)

        async def body() -> AsyncIterator[str]:
            nonlocal sent
            number = stage.streams
            while stage.streams == number and key in stage.talks:
                for message in talk.messages[sent:]:
                    sent = message["seq"]
                    yield f"id: {sent}\nevent: message\ndata: {json.dumps(message)}\n\n"
                while talk.told:
                    name, data = talk.told.pop(0)
                    yield f"event: {name}\ndata: {json.dumps(data)}\n\n"
                talk.changed.clear()
                try:
                    await asyncio.wait_for(talk.changed.wait(), 0.2)
                except TimeoutError:
                    yield ": still here\n\n"

        return StreamingResponse(body(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @app.put("/api/v1/conversations/{key}/language")
    async def language(key: str, body: dict[str, str], authorization: str = Header("")) -> dict[str, str]:
        talk_of(key, authorization).language = body["language"]
        return body

    @app.post("/api/v1/conversations/{key}/handoff")
    async def handoff(key: str, authorization: str = Header("")) -> Any:
        talk = talk_of(key, authorization)
        return {"messages": [offer(talk)], "holder": talk.holder, "language": talk.language}

    @app.put("/api/v1/conversations/{key}/handoff")
    async def edit(key: str, body: dict[str, Any], authorization: str = Header("")) -> dict[str, Any]:
        talk_of(key, authorization)
        stage.bodies.append(body)
        return {}

    @app.post("/api/v1/conversations/{key}/feedback")
    async def feedback(key: str, body: dict[str, Any], authorization: str = Header("")) -> Any:
        talk_of(key, authorization)
        stage.feedback.append(body)
        return JSONResponse({}, 201)

    @app.get("/api/v1/conversations/{key}/export")
    async def export(key: str, authorization: str = Header("")) -> Any:
        return {"messages": talk_of(key, authorization).messages}

    @app.delete("/api/v1/conversations/{key}", status_code=204)
    async def erase(key: str, authorization: str = Header("")) -> None:
        talk_of(key, authorization)
        del stage.talks[key]

    app.include_router(pages)
    return app
