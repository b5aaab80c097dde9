"""A page of plain files on a plain file server, in a folder below others, and what it was asked for."""

from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Asked(list):
    """The methods and paths of all requests, with the address of the folder's page."""

    url = ""


@contextmanager
def file_server(folder):
    """Serves the folder above `folder` as `python -m http.server` does: what it is asked for, a list that grows."""
    asked = Asked()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.command, self.path))
            super().do_GET()

        def log_message(self, *about):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder.parent)))
    Thread(target=server.serve_forever, daemon=True).start()
    asked.url = f"http://127.0.0.1:{server.server_port}/{folder.name}/"
    yield asked
    server.shutdown()
    server.server_close()
