"""One worker before a translator: a bounded queue, a deadline for everybody, and the original when it passes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress

from languages.translation import Reason, Translation, Translator

Job = tuple[str, str, str]
"""Text, source language, target language."""


class BoundedTranslator:
    """Translates on one thread of its own. Who finds the queue full, or waits too long, gets the original with a reason."""

    def __init__(self, translator: Translator, seconds: float = 8.0, places: int = 64) -> None:
        self._translator = translator
        self._seconds = seconds
        self._queue: queue.Queue[tuple[Job, float, Future[Translation]] | None] = queue.Queue(places)
        self._thread = threading.Thread(target=self._work, name="translation", daemon=True)
        self._thread.start()

    def translate_all(self, jobs: Sequence[Job], seconds: float | None = None) -> list[Translation]:
        """Every job's translation in their order, within the deadline; what is not done by then comes as it was."""
        until = time.monotonic() + min(seconds or self._seconds, self._seconds)
        waiting = [(job, self._enter(job, until)) for job in jobs]
        return [self._await(job, future, until) for job, future in waiting]

    def routes(self) -> set[tuple[str, str]]:
        """The pairs of languages between which it can translate."""
        return self._translator.routes()

    def close(self) -> None:
        """End the worker after what it is at."""
        with suppress(queue.Full):
            self._queue.put_nowait(None)

    def _enter(self, job: Job, until: float) -> Future[Translation] | None:
        future: Future[Translation] = Future()
        try:
            self._queue.put_nowait((job, until, future))
        except queue.Full:
            return None
        return future

    @staticmethod
    def _await(job: Job, future: Future[Translation] | None, until: float) -> Translation:
        if future is None:
            return _original(job, "busy")
        try:
            return future.result(max(until - time.monotonic(), 0))
        except Late:
            future.cancel()
            return _original(job, "late")
        except Exception:  # a translator that breaks its promise must not take the answer with it
            return _original(job, "failed")

    def _work(self) -> None:
        while (entry := self._queue.get()) is not None:
            job, until, future = entry
            if not future.set_running_or_notify_cancel():
                continue
            try:
                late = time.monotonic() > until
                future.set_result(_original(job, "late") if late else self._translator.translate(*job, until))
            except Exception as error:
                future.set_exception(error)


def _original(job: Job, reason: Reason) -> Translation:
    return Translation(job[0], job[1], False, reason)
