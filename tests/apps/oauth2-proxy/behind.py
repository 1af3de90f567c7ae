"""An app without a sign-in of its own, which believes the headers of the proxy in front of it.

behind.py FILE PREFIX: writes its port into the file, and reads the headers whose names have the prefix.
"""

import os
import pathlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

END = os.environ["ISSUER"] + "/oauth2/logout?" + urlencode(
    {"client_id": os.environ["CLIENT_ID"], "post_logout_redirect_uri": os.environ["ADDRESS"] + "/"}
)
PAGE = """
<p id="sub">{user}</p>
<p id="name">{name}</p>
<p id="token">{token}</p>
<a id="refresh" href="/refresh">Refresh</a>
<a id="sign-out" href="/oauth2/sign_out?{end}">Sign out</a>
"""


def header(headers, name):
    return headers.get(f"{sys.argv[2]}-{name}", "")


class App(BaseHTTPRequestHandler):
    """Three pages."""

    def do_GET(self):
        if self.path == "/admin":
            if "operators" not in header(self.headers, "Groups").split(","):
                return self.answer(403, "only for operators")
            return self.answer(200, "<p id='admin'>For operators</p>")
        if self.path == "/refresh":
            # The proxy refreshes at the first request that comes more than one whole second after the sign-in.
            time.sleep(2)
            self.send_response(303)
            self.send_header("Location", "/")
            self.end_headers()
            return None
        page = PAGE.format(
            user=header(self.headers, "User"),
            name=header(self.headers, "Preferred-Username"),
            token=header(self.headers, "Access-Token"),
            end=urlencode({"rd": END}),
        )
        return self.answer(200, page)

    def answer(self, status, page):
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), App)
pathlib.Path(sys.argv[1]).write_text(str(server.server_port))
server.serve_forever()
