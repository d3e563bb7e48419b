"""Serving the built site to this machine: ``python -m klbook.site.serve FOLDER PORT``."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["server"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def end_headers(self):
        # A page that was rebuilt a moment ago must not come out of the browser's cache.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def server(folder: str, port: int) -> ThreadingHTTPServer:
    """A server of `folder` on localhost; port 0 takes any that is free."""
    return ThreadingHTTPServer(("localhost", port), partial(_Quiet, directory=folder))


if __name__ == "__main__":
    folder, port = sys.argv[1], int(sys.argv[2])
    try:
        with server(folder, port) as running:
            print(f"The book is at http://localhost:{running.server_port} (Ctrl+C stops it)", flush=True)
            running.serve_forever()
    except KeyboardInterrupt:
        print()
    except OSError as error:
        sys.exit(f"port {port} cannot be used ({error.strerror}); take another with make book PORT=8001")
