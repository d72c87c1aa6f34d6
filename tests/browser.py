"""A small client of a headless Chromium, over the DevTools protocol on two pipes: no driver, no port, no network."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import struct
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "GUARDRAILS_TEST_BROWSER"
MISSING = (
    f"NOT TESTED IN A BROWSER: no Chromium or Chrome is on the PATH, and {VARIABLE} names none; install one with: make"
    " install-browser"
)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


def found() -> str:
    """The browser to test with, "" where there is none. The variable GUARDRAILS_TEST_BROWSER names another one."""
    return os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), "")


class Page:
    """One tab. events: everything the browser told of it."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out, self._in = to_browser, from_browser
        self._rest = b""
        self._numbers = itertools.count(1)
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def attach(self) -> None:
        """Take a fresh tab, and hear of its console, its requests and its dialogs."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result. Raises AssertionError with the browser's words where it is refused."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read(60)
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"the browser said nothing for {seconds} seconds"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser ended"
            self._rest += piece
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if "method" in message:
            self.events.append(message)
            if message["method"] == "Page.javascriptDialogOpening":
                number = next(self._numbers)
                close = {"id": number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
                os.write(self._out, json.dumps({**close, "sessionId": self._session}).encode() + b"\0")
        return message

    def open(self, path: Path) -> None:
        """Load a file and wait until it is there."""
        self._loaded("Page.navigate", url=path.as_uri())
        self.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def reload(self, *, scripts: bool = True) -> None:
        """Load the file anew, with or without its scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._loaded("Page.reload")

    def _loaded(self, method: str, **params: Any) -> None:
        self.events.clear()
        self.call(method, **params)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._read(60)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """One key, as a person presses it."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowRight": 39}
        both = {"key": key, "windowsVirtualKeyCode": codes.get(key, 0), "code": "Space" if key == " " else key}
        self.call("Input.dispatchKeyEvent", type="keyDown", **both, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **both)

    def size(self, width: int, height: int, theme: str = "light") -> None:
        """The window's size in CSS pixels, and what the person prefers."""
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A screenshot as PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def small(self, width: int, height: int) -> list[tuple[int, int, int]]:
        """What the window shows, an eighth as wide and as high, as (red, green, blue) of each pixel."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 0.125}
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])
        return pixels(data)

    def printed(self) -> bytes:
        """The page as PDF, as the print dialog would make it."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])

    def of(self, *methods: str) -> list[dict[str, Any]]:
        """What the browser told of some kinds."""
        return [event["params"] for event in self.events if event["method"] in methods]


def pixels(png: bytes) -> list[tuple[int, int, int]]:
    """The pixels of a PNG of eight bits a channel, without an interlace (PNG specification, filter types 0 to 4)."""
    width, _, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind in (2, 6)) == (8, True), (depth, kind)
    size, at, packed = 3 if kind == 2 else 4, 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        packed += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    raw, above, found = zlib.decompress(packed), bytearray(width * size), list[tuple[int, int, int]]()
    for start in range(0, len(raw), width * size + 1):
        line = bytearray(raw[start + 1 : start + 1 + width * size])
        for place in range(len(line)):
            left = line[place - size] if place >= size else 0
            corner = above[place - size] if place >= size else 0
            line[place] = line[place] + _guess(raw[start], left, above[place], corner) & 255
        found += [(line[one], line[one + 1], line[one + 2]) for one in range(0, len(line), size)]
        above = line
    return found


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda one: abs(guess - one))
    return (0, left, up, (left + up) // 2)[kind]


@contextmanager
def opened(browser: str, profile: Path) -> Iterator[Page]:
    """A browser with one tab; it ends with the block."""
    commands, orders = os.pipe()
    answers, replies = os.pipe()
    shell = f'exec "$0" "$@" 3<&{commands} 4>&{replies}'
    process = subprocess.Popen(
        ["/bin/bash", "-c", shell, browser, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(commands, replies), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(commands)
    os.close(replies)
    try:
        page = Page(orders, answers)
        page.attach()
        yield page
        page._session = ""
        page.call("Browser.close")
        process.wait(30)
    finally:
        process.kill()
        process.wait()
        os.close(orders)
        os.close(answers)
