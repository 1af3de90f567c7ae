"""How a Matrix client signs in to Synapse, and how it learns who somebody is."""

import json
import urllib.parse
import urllib.request

from driver.checks import Visit


class SynapseVisit(Visit):
    """The Matrix client is only the address to which Synapse redirects with a login token."""

    def open(self, path="/"):
        back = urllib.parse.quote(f"{self.address}/_matrix/client/versions")
        return self.browser.get(
            f"{self.address}/_matrix/client/v3/login/sso/redirect/oidc-doorward?redirectUrl={back}"
        )

    def identifies(self, page):
        [token] = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)["loginToken"]
        user = self.ask("login", {"type": "m.login.token", "token": token})["user_id"]
        profile = self.ask(f"profile/{urllib.parse.quote(user)}")
        return user == f"@{self.person.username}:matrix.test" and profile["displayname"] == self.person.name

    def ask(self, path, body=None):
        """The answer of Synapse's client API."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps(body).encode() if body else None
        with opener.open(f"{self.address}/_matrix/client/v3/{path}", data, 30) as response:
            return json.load(response)
