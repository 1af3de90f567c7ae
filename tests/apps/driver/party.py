"""A relying party: a folder beside this one with `start` and, if something is to be installed, `build`."""

import hashlib
import os
import runpy
import signal
import socket
import subprocess

from .checks import Visit
from .instance import free_port, until

PATIENCE = 600


class Party:
    """A relying party in a process of its own."""

    def __init__(self, name, folder, cache):
        self.name, self.folder, self.cache, self.shared = name, folder, cache / name, cache / "shared"

    def build(self, log):
        """Installs what it needs, unless that was done for the same files; yields whether it succeeded."""
        script = self.folder / "build"
        if not script.exists():
            return True
        stamp, state = self.cache / "built", self._fingerprint()
        if stamp.exists() and stamp.read_text() == state:
            return True
        self.cache.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        environment = {**os.environ, "CACHE": str(self.cache), "SHARED": str(self.shared)}
        with log.open("wb") as output:
            done = subprocess.run(
                [script], cwd=self.folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=PATIENCE,
            )
        if done.returncode == 0:
            stamp.write_text(state)
        return done.returncode == 0

    def _fingerprint(self):
        digest = hashlib.sha256()
        for file in sorted(self.folder.rglob("*")):
            if file.is_file():
                digest.update(f"{file.relative_to(self.folder)} {file.stat().st_size}\n".encode())
                digest.update(file.read_bytes())
        return digest.hexdigest()

    def visit(self):
        """How somebody visits it: as its `visit.py` says, or as an app whose pages are made for these checks."""
        file = self.folder / "visit.py"
        if not file.exists():
            return Visit
        own = [value for value in runpy.run_path(str(file)).values() if isinstance(value, type)]
        return next(value for value in own if issubclass(value, Visit) and value is not Visit)

    def start(self, instance, definition, state, log):
        """Connects it to Doorward and starts it; yields its address."""
        self.port = free_port()
        address = f"http://127.0.0.1:{self.port}"
        state.mkdir()
        state.chmod(0o755)
        printed = instance.connect(definition, address, state / "snippets")
        settings = self.folder / "settings"
        if settings.exists():
            instance.run("apps", "set", printed["client_id"], *settings.read_text().splitlines())
        environment = {
            **os.environ,
            # A compiled file in the folder would look like a change that needs another build.
            "PYTHONDONTWRITEBYTECODE": "1",
            "ADDRESS": address,
            "PORT": str(self.port),
            "ISSUER": instance.issuer,
            "CLIENT_ID": printed["client_id"],
            "CLIENT_SECRET": printed["client_secret"],
            "SNIPPETS": str(state / "snippets"),
            "STATE": str(state),
            "CACHE": str(self.cache),
        }
        self.log = log.open("wb")
        self.process = subprocess.Popen(
            [self.folder / "start"], cwd=self.folder, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        until(self._listens, self.process, f"{self.name} does not listen")
        return address

    def _listens(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def stop(self):
        """Asks its processes to stop, and kills those that still run."""
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass
