"""The retrieval service: search, language identification, and the swap to a new publication, over loopback HTTP."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from languages.identify import Identifier
from retrieval.encoder import Encoder, load_encoder
from retrieval.index import IndexMismatch
from retrieval.publish import NoPublication, load_current
from retrieval.schemas import (
    HitOut,
    IdentifyIn,
    IdentifyOut,
    NearOut,
    Published,
    Ready,
    SearchIn,
    SearchOut,
    outcome_of,
)
from retrieval.search import Outcome, Searcher
from retrieval.translate import add_routes as add_translation
from retrieval.translate import make_translator

log = logging.getLogger("wenlu.retrieval")

ROOT = Path(__file__).resolve().parent.parent


class NotReady(RuntimeError):
    """There is no index to search; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Service:
    """The encoder, and the publication in use. The publication is one reference: swapping it disturbs no search."""

    def __init__(self, data_dir: Path, encoder: Encoder, clock: Callable[[], date] = date.today) -> None:
        self.encoder = encoder
        self.identifier = Identifier()
        self._data_dir = data_dir
        self._clock = clock
        self._lock = threading.Lock()
        self._serving: tuple[str, Searcher] | None = None
        self._reason = NotReady("index_missing", "nothing is published yet; run `wenlu knowledge publish`")

    def reload(self) -> str:
        """Swaps to the current publication; on failure the one in use stays and NotReady is raised."""
        with self._lock:
            try:
                name, corpus, index = load_current(self._data_dir, self.encoder.revision)
                searcher = Searcher(corpus, index, self.encoder, self._clock)
                searcher.warm_up()
            except NoPublication as error:
                self._reason = NotReady("index_missing", str(error))
                raise self._reason from error
            except IndexMismatch as error:
                self._reason = NotReady("index_mismatch", str(error))
                raise self._reason from error
            self._serving = (name, searcher)
            log.info("serving publication %s with %d sections", name, len(index.sections))
            return name

    def serving(self) -> tuple[str, Searcher]:
        """The publication in use; NotReady when there is none."""
        serving = self._serving
        if serving is None:
            raise NotReady(self._reason.code, str(self._reason))
        return serving

    def search(self, request: SearchIn) -> SearchOut:
        name, searcher = self.serving()
        outcome: Outcome = searcher.search(request.query_for_search())
        return outcome_of(outcome, name)


def create_app(
    data_dir: Path | None = None, encoder: Encoder | None = None, clock: Callable[[], date] = date.today
) -> FastAPI:
    """The application; settings come from WENLU_DATA and WENLU_ENCODER where no arguments are given."""
    folder = data_dir or Path(os.environ.get("WENLU_DATA") or ROOT / "data")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        def start() -> Service:
            one_thread_a_query()
            service = Service(folder, encoder or load_encoder(os.environ.get("WENLU_ENCODER") or None), clock)
            try:
                service.reload()
            except NotReady as error:
                log.warning("not ready: %s", error)
            service.identifier.warm_up()
            return service

        app.state.service = await to_thread.run_sync(start)
        app.state.translator = await to_thread.run_sync(make_translator, folder)
        gc.collect()
        gc.freeze()  # the models are here to stay: the collector need not walk through them again
        yield
        app.state.translator.close()

    app = FastAPI(title="Wenlu retrieval", lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_routes(app)
    add_translation(app)
    _add_errors(app)
    return app


def one_thread_a_query() -> None:
    """A query is too small to share: threads that wait for each other cost more than they save."""
    import faiss
    import torch

    faiss.omp_set_num_threads(1)
    torch.set_num_threads(1)


def _add_routes(app: FastAPI) -> None:
    @app.post("/search", response_model=SearchOut)
    async def search(body: SearchIn, request: Request) -> Response:
        return _well(await to_thread.run_sync(_service(request).search, body))

    @app.post("/identify", response_model=IdentifyOut)
    async def identify(body: IdentifyIn, request: Request) -> Response:
        identifier = _service(request).identifier

        def found() -> IdentifyOut:
            return IdentifyOut.of([identifier.identify(text, body.hint) for text in body.texts])

        few = len(body.texts) == 1  # a quarter of a millisecond: going to another thread takes longer
        return _well(found() if few else await to_thread.run_sync(found))

    @app.post("/reload", response_model=Published)
    async def reload(request: Request) -> Any:
        try:
            return Published(publication=await to_thread.run_sync(_service(request).reload))
        except NotReady as error:
            return _error(409, error.code, str(error))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready")
    async def ready(request: Request) -> Ready:
        service = _service(request)
        name, searcher = service.serving()
        return Ready(publication=name, encoder=service.encoder.revision, sections=searcher.served_count())


def _well(answer: BaseModel) -> Response:
    """An answer as JSON, not checked a second time on the way out."""
    return Response(answer.model_dump_json(), media_type="application/json")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(NotReady)
    async def not_ready(_request: Request, error: NotReady) -> JSONResponse:
        return _error(503, error.code, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        where = "; ".join(f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors())
        return _error(422, "invalid_request", where)

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error_: Exception) -> JSONResponse:
        return _error(500, "internal_error", "the search failed; the log of the retrieval process says why")


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


__all__ = ["HitOut", "NearOut", "NotReady", "Service", "create_app"]
