"""A Doorward with an operator, a member and apps from the catalogue, in a process of its own."""

import json
import os
import re
import secrets
import socket
import subprocess
import time
import urllib.request

PASSWORD = "a password for tests of apps"
GROUP = "operators"


class Person:
    """Somebody with an account."""

    def __init__(self, username, name, subject):
        self.username, self.name, self.subject = username, name, subject


def free_port():
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Instance:
    """The server, in a folder of its own. Its host name differs from that of apps, so that they share no cookies."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        folder.mkdir()
        port = free_port()
        self.issuer = f"http://localhost:{port}"
        self.environment = {
            **os.environ,
            "DOORWARD__ISSUER": self.issuer,
            "DOORWARD__LISTEN": f"127.0.0.1:{port}",
            "DOORWARD__DATABASE": "sqlite:doorward.db",
            "DOORWARD__PASSWORDS__MEMORY_KIB": "1024",
        }
        # The first account owns the instance, which no app needs to know.
        self._add("olga", "Olga Owner")
        self.operator = self._add("ann", "Ann Lee")
        self.member = self._add("ben", "Ben Oak")
        self.run("groups", "add", GROUP, self.operator.username)
        self.log = (folder / "log").open("wb")
        self.server = subprocess.Popen(
            [self.program, "serve"],
            cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        until(self._is_ready, self.server, "Doorward does not become ready")

    def _add(self, username, name):
        created = self.run(
            "users", "create", username, "--name", name, "--email", f"{username}@example.org", "--password-stdin",
            typed=PASSWORD,
        )
        return Person(username, name, json.loads(created)["id"])

    def run(self, *arguments, typed=""):
        """Runs a command on the host; yields what it prints."""
        command = [self.program, "--json", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=f"{typed}\n", text=True, capture_output=True
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def connect(self, definition, address, folder):
        """Creates an app from its definition and writes the printed configuration into this folder."""
        printed = json.loads(self.run("apps", "connect", definition, "--address", address, "--everyone"))
        folder.mkdir()
        for snippet in printed["snippets"]:
            # The operator chooses this value; the definition names the command that makes it.
            text = re.sub(r"REPLACE: openssl [^\"]*", lambda _: secrets.token_hex(16), snippet["text"])
            (folder / snippet["title"].replace("/", "-")).write_text(text + "\n")
        return printed

    def definitions(self):
        """The ids of the definitions in the catalogue."""
        return [json.loads(line)["id"] for line in self.run("apps", "catalogue").splitlines()]

    def _is_ready(self):
        port = self.issuer.rsplit(":", 1)[1]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/health/ready", timeout=5) as response:
            return response.status == 200

    def stop(self):
        """Stops the server."""
        self.server.terminate()
        self.server.wait(30)
        self.log.close()


def until(holds, process, what, patience=60):
    """Waits until something holds, while the process runs."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(what)
