"""A headless Firefox that reaches this machine only, driven by WebDriver BiDi: no driver, nothing to download."""

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import websocket

NAMES = ("firefox-esr", "firefox")
PREFERENCES = {
    "network.proxy.type": 1,  # all that is not this machine goes to a port where nobody listens
    "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1, localhost",
    "app.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False, "remote.active-protocols": 1,
}  # fmt: skip
START_SECONDS, ANSWER_SECONDS = 60, 60
# WebDriver names keys that are no characters by characters of their own.
KEYS = {"Enter": "\ue006", "Tab": "\ue004", "ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Home": "\ue011"}


def find() -> str | None:
    """The path of a Firefox: $KDLIB_FIREFOX, or one of the usual names on PATH; None where there is none."""
    wanted = os.environ.get("KDLIB_FIREFOX")
    return next((path for name in ([wanted] if wanted else NAMES) if (path := shutil.which(name))), None)


@contextlib.contextmanager
def firefox(path: str):
    """Start the Firefox at ``path`` with a profile of its own; yields its `Page`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        Path(profile, "user.js").write_text("".join(lines))
        log = Path(profile, "log.txt")
        command = [path, "--headless", "--profile", profile, "--remote-debugging-port", "0", "about:blank"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HOME": profile})
        try:
            page = Page(_address(log, process))
            yield page
            page.socket.close()
        finally:
            process.terminate()
            process.wait()


def _address(log, process):
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"Firefox did not start:\n{log.read_text(errors='replace')[-2000:]}")


class Page:
    """A tab: `goto`, `press`, `evaluate`, `until`. ``problems`` lists errors of its pages and their consoles."""

    def __init__(self, address: str):
        self.socket = websocket.create_connection(f"{address}/session", timeout=ANSWER_SECONDS, suppress_origin=True)
        self.problems, self._numbers = [], itertools.count(1)
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        # A tab of its own, in front: in the first one the address has the focus, and no key would reach a page.
        self.context = self.call("browsingContext.create", type="tab")["context"]
        self.call("browsingContext.activate", context=self.context)

    def call(self, method: str, **parameters) -> dict:
        """One BiDi command and its result; raises `RuntimeError` with the browser's words."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.problems.append(answer["params"]["text"])
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def goto(self, address: str) -> None:
        self.call("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def resize(self, width: int, height: int) -> None:
        self.call("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def evaluate(self, expression: str):
        """What a JavaScript expression gives, awaited, through JSON."""
        text = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        target = {"context": self.context}
        result = self.call("script.evaluate", expression=text, target=target, awaitPromise=True)
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def until(self, condition: str, seconds: float = ANSWER_SECONDS) -> None:
        """Wait for a JavaScript condition, asked in each frame of the page; raises `TimeoutError`."""
        ask = f"""new Promise((done) => {{
          const end = performance.now() + {seconds * 1000};
          const frame = () => ({condition}) ? done(true) : performance.now() > end ? done(false)
            : requestAnimationFrame(frame);
          frame();
        }})"""
        if not self.evaluate(ask):
            raise TimeoutError(f"not within {seconds} s: {condition}")

    def press(self, *keys: str) -> None:
        """Press keys, by name ("Enter") or as characters, where the focus is."""
        strokes = [
            {"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")
        ]  # fmt: skip
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self.call("input.performActions", context=self.context, actions=actions)
