"""A real Chromium, and the contract server for it to look at."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.contract import Stage, create_app
from tests.conftest import need
from wenlu.installation import free_ports

expect.set_options(timeout=20_000)
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here; its event loop must be gone before other packages' tests begin."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    need(program, "Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Site:
    """The contract server, its address and its stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Listen (again), with the same conversations."""
        config = uvicorn.Config(
            create_app(self.stage), port=self.port, log_level="warning", timeout_graceful_shutdown=1, lifespan="off"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started and time.monotonic() < deadline:
            self.thread.join(0.05)
        assert self.server.started

    def stop(self) -> None:
        """Go away, as a server does that is restarted."""
        self.stage.streams += 1  # ends the open streams
        self.server.should_exit = True
        self.thread.join(20)

    def say(self, role: str, text: str, **more: object) -> None:
        """Somebody else writes into the newest conversation."""
        self.stage.talk.add(role, text, **more)


@pytest.fixture
def site() -> Iterator[Site]:
    """A fresh contract server."""
    server = Site()
    yield server
    server.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here, as wide as a desk's."""
    made = chromium.new_context(viewport={"width": 1200, "height": 860}, locale="en-GB", accept_downloads=True)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when its scripts fail."""
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.set_default_timeout(15000)
    yield made
    assert errors == []
