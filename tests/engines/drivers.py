"""Three browser engines behind one small interface: Chromium, Firefox and WebKit.

Chromium is driven by Playwright, as in the other tests. Playwright drives only builds of its own of the other two,
which come from no package registry; Debian's answer the standards, so that little is needed to speak to them:
Firefox answers WebDriver BiDi on a WebSocket (websocket-client, which Jupyter brings), WebKitGTK's driver answers
WebDriver over http. Selenium would add a dependency and its own search for drivers to save some forty lines.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import browser
import websocket

#: What the standards call keys that write no letter.
KEYS = {
    "PageUp": "\ue00e",
    "PageDown": "\ue00f",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}
#: One wrapper for all: arguments and results go as JSON, promises are waited for.
CALL = "async text => JSON.stringify((await ({})(...JSON.parse(text))) ?? null)"
SECONDS = 60


def _keys(key):
    value = KEYS[key]
    return [
        {
            "type": "key",
            "id": "keyboard",
            "actions": [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}],
        }
    ]


def _pointer(kind, steps):
    """Steps of a mouse or a finger: a place to go to, "down" or "up"."""
    presses = {"down": {"type": "pointerDown", "button": 0}, "up": {"type": "pointerUp", "button": 0}}
    actions = [
        presses[step]
        if isinstance(step, str)
        else {"type": "pointerMove", "x": round(step[0]), "y": round(step[1])}
        for step in steps
    ]
    return [{"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions}]


def _end(*processes):
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Chromium:
    finger = "touch"

    def __init__(self):
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = browser.launch(self._playwright)
        self._page = self._browser.new_page(has_touch=True)
        self._devtools, self._touches = self._page.context.new_cdp_session(self._page), False
        self.errors = []
        self._page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._frame = self._page.main_frame

    def open(self, url):
        """Load the page anew, even if it is there and only the part after # differs."""
        self.go("about:blank")
        self.go(url)

    def go(self, url):
        self._page.goto(url)

    def within(self, inside):
        """Speak to the page's only frame from now on, or to the page itself again."""
        self._frame = self._page.frames[1] if inside else self._page.main_frame

    def evaluate(self, function, *args):
        return json.loads(self._frame.evaluate(CALL.format(function), json.dumps(args)))

    def press(self, key):
        self._page.keyboard.press(key)

    def tap(self, x, y):
        self._page.touchscreen.tap(x, y)

    def hand(self, kind, *steps):
        """Move a mouse or a finger, and press it or lift it: see `_pointer`."""
        for step in steps:
            if kind == "mouse":
                {"down": self._page.mouse.down, "up": self._page.mouse.up}[step]() if isinstance(
                    step, str
                ) else self._page.mouse.move(*map(round, step))
                continue
            if not isinstance(step, str):
                self._finger = {"x": round(step[0]), "y": round(step[1])}
            what = {"down": "touchStart", "up": "touchEnd"}.get(
                str(step), "touchMove" if self._touches else ""
            )
            self._touches = what in ("touchStart", "touchMove")
            if what:
                points = [self._finger] if self._touches else []
                self._devtools.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    def reload(self):
        self._page.reload()

    def back(self):
        self._page.go_back()

    def forward(self):
        self._page.go_forward()

    def close(self):
        self._browser.close()
        self._playwright.stop()


class Firefox:
    finger = "touch"

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="klbook-firefox-", ignore_cleanup_errors=True)
        # No host but this machine: what is asked for elsewhere goes to a proxy that is not there.
        prefs = {
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": 9,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": 9,
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.update.disabledForTesting": True,
            "dom.w3c_touch_events.enabled": 1,
        }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in prefs.items()]
        Path(self._profile.name, "user.js").write_text("".join(lines))
        said = Path(self._profile.name, "said.txt")
        with said.open("wb") as out:
            flags = ["--headless", "--no-remote", "--remote-debugging-port", "0"]
            self._process = subprocess.Popen(
                [browser.find_firefox(), *flags, "--profile", self._profile.name, "about:blank"],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + SECONDS
        while not (found := re.search(r"BiDi listening on (ws://\S+)", said.read_text(errors="replace"))):
            if time.monotonic() > until or self._process.poll() is not None:
                _end(self._process)
                raise RuntimeError(f"Firefox did not start: {said.read_text(errors='replace')}")
            time.sleep(0.05)
        self._socket = websocket.create_connection(
            found[1] + "/session", timeout=SECONDS, suppress_origin=True
        )
        self._number, self.errors = 0, []
        self._do("session.new", capabilities={})
        self._do("session.subscribe", events=["log.entryAdded"])
        self._context = self._top = self._do("browsingContext.getTree")["contexts"][0]["context"]

    def within(self, inside):
        (top,) = self._do("browsingContext.getTree")["contexts"]
        self._context = top["children"][0]["context"] if inside else self._top

    def _do(self, method, **params):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded":
                entry = answer["params"]
                # What it says of attributes that it ignores comes as an error, too.
                mere_remark = "Attribute ignored" in (entry["text"] or "")
                if entry["type"] == "javascript" and entry["level"] == "error" and not mere_remark:
                    self.errors.append(entry["text"])
            if answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def open(self, url):
        self.go("about:blank")
        self.go(url)

    def go(self, url):
        self._load("browsingContext.navigate", url=url)

    def _load(self, method, **params):
        """Load a page. Once in a thousand times Firefox does not tell that one is complete; then it is asked again."""
        self._socket.settimeout(SECONDS / 2)
        try:
            self._do(method, context=self._context, wait="complete", **params)
        except websocket.WebSocketTimeoutException:
            self._do(method, context=self._context, wait="complete", **params)
        finally:
            self._socket.settimeout(SECONDS)

    def evaluate(self, function, *args):
        answer = self._do(
            "script.callFunction",
            functionDeclaration=CALL.format(function),
            arguments=[{"type": "string", "value": json.dumps(args)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def press(self, key):
        self._do("input.performActions", context=self._context, actions=_keys(key))

    def tap(self, x, y):
        self.hand("touch", (x, y), "down", "up")

    def hand(self, kind, *steps):
        self._do("input.performActions", context=self._context, actions=_pointer(kind, steps))

    def reload(self):
        self._load("browsingContext.reload")

    def back(self):
        self._do("browsingContext.traverseHistory", context=self._context, delta=-1)

    def forward(self):
        self._do("browsingContext.traverseHistory", context=self._context, delta=1)

    def close(self):
        try:
            self._do("browser.close")
        finally:
            self._socket.close()
            _end(self._process)
            self._profile.cleanup()


class WebKit:
    """WebDriver does not tell of a page's errors: a listener in the page collects those after it was opened."""

    finger = "mouse"  # its driver knows no other pointer

    def __init__(self):
        read, write = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            display = ":" + pipe.readline().strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._home = tempfile.TemporaryDirectory(prefix="klbook-webkit-", ignore_cleanup_errors=True)
        settings = {
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "HOME": self._home.name,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "NO_AT_BRIDGE": "1",
            "http_proxy": "",
        }
        if os.geteuid() == 0:  # its sandbox does not start for root, nor in most containers
            settings["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        self._process = subprocess.Popen(
            [shutil.which("WebKitWebDriver"), f"--port={port}"],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._address, self.errors = f"http://127.0.0.1:{port}", []
        until = time.monotonic() + SECONDS
        while True:
            try:
                self._ask("GET", "/status")
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        options = {"binary": browser.find_minibrowser(), "args": ["--automation"]}
        wanted = {
            "capabilities": {
                "alwaysMatch": {"webkitgtk:browserOptions": options, "pageLoadStrategy": "normal"}
            }
        }
        self._address += "/session/" + self._ask("POST", "/session", wanted)["sessionId"]
        self._ask("POST", "/timeouts", {"script": SECONDS * 1000, "pageLoad": SECONDS * 1000})

    def _ask(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self._address + path, data, {"Content-Type": "application/json"}, method=method
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode(errors='replace')}") from None

    def open(self, url):
        self.go("about:blank")
        self.go(url)

    def go(self, url):
        self._ask("POST", "/url", {"url": url})
        self._listen()

    def within(self, inside):
        self._ask("POST", "/frame", {"id": 0 if inside else None})
        self._listen()

    def _listen(self):
        self.evaluate(
            """() => {
              if (window.complaints) return
              window.complaints = []
              addEventListener('error', event => window.complaints.push(event.message))
              addEventListener('unhandledrejection', event => window.complaints.push(String(event.reason)))
            }"""
        )

    def evaluate(self, function, *args):
        script = f"""const done = arguments[1]
            ;({CALL.format(function)})(arguments[0]).then(
              text => done([text, window.complaints?.splice(0) ?? []]), error => done([null, [String(error)]]))"""
        text, complaints = self._ask("POST", "/execute/async", {"script": script, "args": [json.dumps(args)]})
        if text is None:
            raise RuntimeError(complaints[0])
        self.errors += complaints
        return json.loads(text)

    def press(self, key):
        self._ask("POST", "/actions", {"actions": _keys(key)})

    def tap(self, x, y):
        self.hand("touch", (x, y), "down", "up")

    def hand(self, kind, *steps):
        self._ask("POST", "/actions", {"actions": _pointer(kind, steps)})

    def reload(self):
        self._ask("POST", "/refresh")
        self._listen()

    def back(self):
        self._ask("POST", "/back")

    def forward(self):
        self._ask("POST", "/forward")

    def close(self):
        try:
            self._ask("DELETE", "")
        finally:
            _end(self._process, self._screen)
            self._home.cleanup()


ENGINES = {"chromium": Chromium, "firefox": Firefox, "webkit": WebKit}
