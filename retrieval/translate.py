"""Translation over HTTP: texts in a batch, each translated or as it was, within a deadline."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from languages.bounded import BoundedTranslator
from languages.masks import Masker
from languages.translation import ArgosTranslator, Translation
from retrieval.schemas import Strict


class TextIn(Strict):
    """A text and the languages to go from and to."""

    text: str = Field(max_length=50_000)
    source: str = Field(pattern="^[a-z]{2,3}$")
    target: str = Field(pattern="^[a-z]{2,3}$")


class TranslateIn(Strict):
    """POST /translate. `seconds`: how long the caller waits, if that is less than the setting."""

    items: list[TextIn] = Field(max_length=64)
    seconds: float | None = Field(default=None, gt=0)


class Translated(BaseModel):
    """What came of a text: translated if `machine`, else as it was, with the reason."""

    text: str
    language: str
    machine: bool
    reason: str | None
    via: list[str]

    @classmethod
    def of(cls, result: Translation) -> Translated:
        return cls(
            text=result.text,
            language=result.language,
            machine=result.machine,
            reason=result.reason,
            via=list(result.via),
        )


class TranslateOut(BaseModel):
    """One result a text, in their order."""

    results: list[Translated]


class Routes(BaseModel):
    """GET /translate: the pairs of languages between which there is translation now."""

    routes: list[tuple[str, str]]


def make_translator(data: Path) -> BoundedTranslator:
    """The translator over the installed packages; its models are loaded beside, so that nobody waits for the start."""
    packages = Path(os.environ.get("WENLU_PACKAGES") or data / "packages")
    masker = Masker.official()
    translator = ArgosTranslator(packages, masker, int(os.environ.get("WENLU_TRANSLATION_MODELS") or 4))
    threading.Thread(target=translator.warm_up, name="translation-warm-up", daemon=True).start()
    return BoundedTranslator(translator, float(os.environ.get("WENLU_TRANSLATION_SECONDS") or 8))


def add_routes(app: FastAPI) -> None:
    """POST and GET /translate."""

    @app.post("/translate")
    async def translate(body: TranslateIn, request: Request) -> TranslateOut:
        translator: BoundedTranslator = request.app.state.translator
        jobs = [(item.text, item.source, item.target) for item in body.items]
        found = await to_thread.run_sync(translator.translate_all, jobs, body.seconds)
        return TranslateOut(results=[Translated.of(result) for result in found])

    @app.get("/translate")
    async def routes(request: Request) -> Routes:
        translator: BoundedTranslator = request.app.state.translator
        return Routes(routes=sorted(await to_thread.run_sync(translator.routes)))
