"""Serves the built book to this machine only and opens it in a browser: python -m docs.serve"""

import contextlib
import functools
import http.server
import os
import sys
import threading
import webbrowser
from pathlib import Path

HTML = Path(__file__).parent / "_build" / "html"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *message):
        """Says nothing: the terminal belongs to the link."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A reader that left before the end is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def served(folder):
    """The folder on a free port; yields its address."""
    handler = functools.partial(Quiet, directory=folder)
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def main():
    with served(HTML) as address, contextlib.suppress(KeyboardInterrupt):
        print(f"The book: {address} (Ctrl-C ends it)", flush=True)
        if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            webbrowser.open(address)
        threading.Event().wait()


if __name__ == "__main__":
    main()
