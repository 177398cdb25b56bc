"""A real Chromium and a page server in a thread, as fixtures for the tests of the page."""

from __future__ import annotations

import asyncio
import base64
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from monitor.web.board import Board
from tests.fakes_board import rich_board
from tests.fakes_web import FakeDaemon, served
from tests.missing import lacking

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


class Browser:
    """Chromium without a window, at a chosen width and colour scheme."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(30)

    def open(self, url: str, width: int = 1280, scheme: str = "light") -> None:
        """Loads the page and waits for its first board."""
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get(url)
        self.wait_until("return document.body.dataset.drawn === 'yes'")

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait_until(self, script: str, *arguments: object) -> None:
        WebDriverWait(self.driver, 20, 0.02).until(lambda _: self.run(script, *arguments), script)

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def console(self) -> list[str]:
        entries: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]

    def picture(self, path: Path) -> None:
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", {})
        path.write_bytes(base64.b64decode(answer["data"]))


class PageServer:
    """The application over a fake daemon, in a thread with its own loop."""

    def __init__(self, port: int = 0) -> None:
        self.daemon = FakeDaemon(rich_board())
        self.url = ""
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page server")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            async with served(self.daemon, self._port) as url:
                self.url = url
                self._started.set()
                await self._stop.wait()
        finally:
            self._started.set()

    def start(self) -> PageServer:
        self._thread.start()
        assert self._started.wait(20) and self.url
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(20)

    def show(self, board: Board) -> None:
        """Replaces the board and tells the open pages, from the server's loop."""
        done = threading.Event()

        def act() -> None:
            self.daemon.show(board)
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() or shutil.which("chromedriver") is None:
        reason = f"{CHROMIUM} and chromedriver are not installed (Debian: chromium chromium-driver)"
        lacking(reason)
    opened = Browser(tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.driver.quit()


@pytest.fixture
def page_server() -> Iterator[PageServer]:
    server = PageServer().start()
    yield server
    server.stop()
