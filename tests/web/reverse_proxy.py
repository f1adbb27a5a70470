"""A small reverse proxy that shows a server below a path, as nginx would: what it is sent below
``/vidtag`` it passes on without that, with the name it was asked by, and streams the answer."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PATH = "/vidtag"
_OWN = {"connection", "keep-alive", "transfer-encoding"}


@contextmanager
def reverse_proxy(target):
    """Its address, while it runs; ``target`` is the server's."""
    behind = urlsplit(target).netloc

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name):
            if name.startswith("do_"):  # the method for each kind of request
                return self.pass_on
            raise AttributeError(name)

        def pass_on(self):
            if not self.path.startswith(f"{PATH}/"):
                return self.send_error(404, "not below the path")
            length = int(self.headers.get("content-length") or 0)
            server = http.client.HTTPConnection(behind, timeout=120)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OWN}
            body = self.rfile.read(length) if length else None
            server.request(self.command, self.path.removeprefix(PATH), body, headers)
            answer = server.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {*_OWN, "server", "date"}:
                    self.send_header(name, value)
            self.end_headers()
            try:
                while part := answer.read1(65536):
                    self.wfile.write(part)
                    self.wfile.flush()
            except OSError:
                pass  # the browser has enough
            server.close()
            return None

        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}{PATH}"
        finally:
            proxy.shutdown()
