"""Three browser engines behind one small interface, each by the protocol that it answers itself.

Chromium is driven by Playwright, as in the other tests; Firefox by WebDriver BiDi; WebKit (the engine of Safari, here
as WebKitGTK) by WebDriver, in a window that Xvfb holds. The two protocols need a few messages each, and Firefox no
driver of its own.
"""

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import browser
import websocket
from playwright.sync_api import Error, sync_playwright

__all__ = ["ENGINES", "missing"]

_KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010",
    "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
_SECONDS = 60


class Engine:
    """A browser with one page."""

    def __init__(self):
        self._open, self._visits = ExitStack(), itertools.count(1)

    def open(self, url):
        """Load a page, also where its address differs from the one before in nothing but what stands behind '#'."""
        page, sign, place = url.partition("#")
        self._go(f"{page}?visit={next(self._visits)}{sign}{place}")

    def close(self):
        self._open.close()

    def wait(self, function, *args):
        """Until a function of the page says something true, which is returned."""
        until = time.monotonic() + _SECONDS
        while True:
            try:
                if answer := self.evaluate(function, *args):
                    return answer
            except PageIsGone:
                pass  # the page is being replaced by the next one
            assert time.monotonic() < until, f"{self.name}: waited in vain for {function}"
            time.sleep(0.05)

    def tap(self, selector, across):
        """Put a finger on an element, at a share of its width."""
        x, y = self.evaluate(
            """(selector, across) => {
              const e = document.querySelector(selector)
              e.scrollIntoView({block: 'center'})
              const box = e.getBoundingClientRect()
              return [Math.round(box.left + across * box.width), Math.round(box.top + box.height / 2)]
            }""",
            selector,
            across,
        )
        self._touch(x, y)


class PageIsGone(RuntimeError):
    """The page in which something was to be evaluated has been left meanwhile."""


class Chromium(Engine):
    """By Playwright."""

    name = "chromium"

    def __init__(self):
        super().__init__()
        playwright = self._open.enter_context(sync_playwright())
        chromium = browser.launch(playwright)
        self._open.callback(chromium.close)
        self._page = chromium.new_context(has_touch=True, viewport={"width": 1200, "height": 900}).new_page()

    def _go(self, url):
        self._page.goto(url, wait_until="domcontentloaded")

    def evaluate(self, function, *args):
        try:
            return self._page.evaluate(f"args => ({function})(...args)", list(args))
        except Error as error:
            if "context was destroyed" in str(error) or "navigat" in str(error):
                raise PageIsGone from error
            raise

    def press(self, key):
        self._page.keyboard.press(key)

    def _touch(self, x, y):
        self._page.touchscreen.tap(x, y)

    def reload(self):
        self._page.reload()

    def back(self):
        self._page.evaluate("history.back()")

    def forward(self):
        self._page.evaluate("history.forward()")


def _pressing(key):
    value = _KEYS.get(key, key)
    keys = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
    return [{"type": "key", "id": "keyboard", "actions": keys}]


def _touching(x, y):
    moves = [
        {"type": "pointerMove", "x": x, "y": y},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    return [{"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": moves}]


class Firefox(Engine):
    """By WebDriver BiDi, which Firefox answers without a driver."""

    name = "firefox"

    def __init__(self):
        super().__init__()
        profile = self._open.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        # No page but ours is asked for, and no first-run page comes between.
        wishes = {
            "app.update.disabledForTesting": True,
            "app.normandy.enabled": False,
            "browser.safebrowsing.update.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "dom.w3c_touch_events.enabled": 1,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
            "services.settings.server": "data:,#remote-settings-dummy/v1",
        }
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in wishes.items()]
        Path(profile, "user.js").write_text("".join(lines), encoding="utf-8")
        command = [
            find("firefox"),
            "--headless",
            "--no-remote",
            "--remote-debugging-port",
            "0",
            "--profile",
            profile,
        ]
        process = self._open.enter_context(
            subprocess.Popen(
                command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                env={**os.environ, "MOZ_HEADLESS_WIDTH": "1200", "MOZ_HEADLESS_HEIGHT": "900", "HOME": profile},
            )
        )  # fmt: skip
        self._open.callback(process.kill)
        address = next(
            m[1] for m in (re.search("BiDi listening on (ws://.*)", line) for line in process.stderr) if m
        )
        # Nobody reads what else it says: it must not wait for a reader.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        self._socket = websocket.create_connection(
            f"{address.strip()}/session", timeout=_SECONDS, suppress_origin=True
        )
        self._open.callback(self._socket.close)
        self._ids = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method, **params):
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        if answer["type"] == "error":
            kind = PageIsGone if answer["error"] in ("no such frame", "no such window") else RuntimeError
            raise kind(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def _here(self, method, **params):
        return self._ask(method, context=self._context, **params)

    def _go(self, url):
        self._here("browsingContext.navigate", url=url, wait="interactive")

    def evaluate(self, function, *args):
        answer = self._ask(
            "script.callFunction",
            functionDeclaration=f"async text => JSON.stringify(await ({function})(...JSON.parse(text)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(args)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            text = answer["exceptionDetails"]["text"]
            raise (PageIsGone if "AbortError" in text else RuntimeError)(text)
        return json.loads(answer["result"]["value"])

    def press(self, key):
        self._here("input.performActions", actions=_pressing(key))

    def _touch(self, x, y):
        self._here("input.performActions", actions=_touching(x, y))

    def reload(self):
        self._here("browsingContext.reload", wait="interactive")

    def back(self):
        self._here("browsingContext.traverseHistory", delta=-1)

    def forward(self):
        self._here("browsingContext.traverseHistory", delta=1)


class WebKit(Engine):
    """By WebDriver, in a window of MiniBrowser that nobody sees."""

    name = "webkit"

    def __init__(self):
        super().__init__()
        window = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._open.enter_context(window)
        self._open.callback(window.kill)
        home = self._open.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        environment = {
            **os.environ, "DISPLAY": f":{window.stdout.readline().strip()}", "HOME": home, "GDK_BACKEND": "x11",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1", "LIBGL_ALWAYS_SOFTWARE": "1", "NO_AT_BRIDGE": "1",
            # As root there is no sandbox to be had.
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
        }  # fmt: skip
        port = _free_port()
        driver = subprocess.Popen(
            [find("webkit"), f"--port={port}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._open.enter_context(driver)
        self._open.callback(driver.kill)
        self._address = f"http://127.0.0.1:{port}"
        options = {"binary": str(_mini_browser()), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options, "timeouts": {"script": 60_000}}}
        until = time.monotonic() + _SECONDS
        while True:
            try:
                answer = self._ask("POST", "/session", {"capabilities": capabilities})
                break
            except ConnectionError:
                assert time.monotonic() < until and driver.poll() is None, "WebKitWebDriver does not answer"
                time.sleep(0.1)
        self._session = f"/session/{answer['sessionId']}"
        self._open.callback(self._ask, "DELETE", self._session)

    def _ask(self, method, path, body=None):
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(self._address + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * _SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            gone = "avigat" in value["message"] or value["error"] in ("no such window", "no such frame")
            raise (PageIsGone if gone else RuntimeError)(
                f"{path}: {value['error']}: {value['message']}"
            ) from None
        except urllib.error.URLError as error:
            raise ConnectionError(str(error)) from None

    def _here(self, path, **body):
        return self._ask("POST", self._session + path, body)

    def _go(self, url):
        self._here("/url", url=url)

    def evaluate(self, function, *args):
        script = (
            "const done = arguments[arguments.length - 1]\n"
            f"Promise.resolve().then(() => ({function})(...JSON.parse(arguments[0])))"
            ".then(value => done(JSON.stringify([value ?? null])), error => done('!' + error))"
        )
        answer = self._here("/execute/async", script=script, args=[json.dumps(args)])
        if answer.startswith("!"):
            raise RuntimeError(answer[1:])
        return json.loads(answer)[0]

    def press(self, key):
        self._here("/actions", actions=_pressing(key))

    def _touch(self, x, y):
        self._here("/actions", actions=_touching(x, y))

    def reload(self):
        self._here("/refresh")

    def back(self):
        self._here("/back")

    def forward(self):
        self._here("/forward")


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _mini_browser():
    return next(iter(sorted(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser"))), None)


def find(name):
    """Path of what starts an engine, or None."""
    if name == "chromium":
        return browser.find()
    if name == "firefox":
        return shutil.which("firefox-esr") or shutil.which("firefox")
    return shutil.which("WebKitWebDriver") if shutil.which("Xvfb") and _mini_browser() else None


ENGINES = {engine.name: engine for engine in (Chromium, Firefox, WebKit)}


def missing():
    """Names of the engines that are not here."""
    return [name for name in ENGINES if not find(name)]
