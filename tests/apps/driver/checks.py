"""What every relying party must do, written once: each check gets a `Visit`."""

import json
import urllib.error
import urllib.parse
import urllib.request

from .browser import Browser
from .instance import GROUP, PASSWORD


# Headers that only a proxy may send to the app behind it.
FORGED = {"X-Forwarded-Groups": GROUP, "X-Auth-Request-Groups": GROUP, "OIDC-CLAIM-groups": GROUP}


class Failure(Exception):
    """A relying party, or Doorward, did something unexpected."""


def expect(holds, what, page):
    """Fails with the page unless the condition holds."""
    if not holds:
        raise Failure(f"{what}\n{page.status} {page.url}\n{page.body[:3000]}")


class Visit:
    """A person's browser at a relying party."""

    def __init__(self, instance, address, person):
        self.instance, self.address, self.person = instance, address, person
        self.browser = Browser()

    def open(self, path="/"):
        """Opens the app; submits the form of a page of its own before the sign-in."""
        page = self.browser.get(f"{self.address}{path}")
        if page.url.startswith(self.address) and not page.text("sub") and len(page.forms) == 1:
            page = self.browser.submit(page, page.forms[0])
        return page

    def sign_in(self, path="/"):
        """Signs in at Doorward's page; yields the app's page."""
        page = self.open(path)
        self.expect_sign_in(page, "the app does not ask for a sign-in")
        filled = {"username": self.person.username, "password": PASSWORD}
        page = self.browser.submit(page, page.form("/sign-in/password"), filled)
        expect(page.url.startswith(self.address) and page.status == 200, "the sign-in does not end at the app", page)
        return page

    def expect_sign_in(self, page, what):
        """Fails unless this is Doorward's sign-in page."""
        expect(page.url.startswith(self.instance.issuer) and page.form("/sign-in/password"), what, page)

    def identifies(self, page):
        """Whether the app's page shows who has signed in: the subject, and the name or the username."""
        names = (self.person.name, self.person.username)
        return page.text("sub") == self.person.subject and page.text("name") in names

    def owner_of(self, token):
        """The subject of an access token, from the userinfo endpoint; `None` if it is not valid."""
        request = urllib.request.Request(
            f"{self.instance.issuer}/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"}
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
                return json.load(response)["sub"]
        except urllib.error.HTTPError as refused:
            if refused.status == 401:
                return None
            raise


def sign_in(operator, member):
    """Somebody who is not signed in is sent to Doorward and comes back; the app shows who it is."""
    for visit in (operator, member):
        page = visit.sign_in()
        expect(visit.identifies(page), "the app does not show who has signed in", page)


def return_to_page(operator, _):
    """Whoever has asked for a page of the app comes back to that page with all its parameters."""
    visit = type(operator)(operator.instance, operator.address, operator.person)
    path = "/?chapter=2&line=3"
    page = visit.sign_in(path)
    expect(page.url.startswith(f"{operator.address}{path}"), "the sign-in ends at another page", page)


def roles(operator, member):
    """The page for operators is shown to a member of that group, and to nobody else."""
    page = operator.browser.get(f"{operator.address}/admin")
    expect(page.status == 200 and page.text("admin"), "an operator does not see the page for operators", page)
    for headers in ({}, FORGED):
        page = member.browser.get(f"{member.address}/admin", headers)
        expect(page.status == 403 and not page.text("admin"), f"a member is not refused with {headers}", page)


def refresh(operator, _):
    """The app gets another access token of the same person without the browser asking Doorward."""
    page = operator.open()
    before = page.text("token")
    expect(operator.owner_of(before) == operator.person.subject, "the access token is not valid", page)
    page = operator.browser.press(page, "refresh")
    passed = operator.browser.passed
    expect(not any(url.startswith(operator.instance.issuer) for url in passed), "the browser was sent away", page)
    expect(page.status == 200, "the app does not refresh", page)
    if not page.text("token"):
        page = operator.open()
    after = page.text("token")
    expect(after and after != before, "the access token is the same", page)
    expect(operator.owner_of(after) == operator.person.subject, "the new access token is not valid", page)


def sign_out(operator, member):
    """Signing out at the app ends its session and Doorward's, and nobody else's."""
    page = operator.open()
    expect(page.text("sub"), "the operator is not signed in", page)
    page = operator.browser.press(page, "sign-out")
    passed = list(operator.browser.passed)
    asked = [url for url in passed if urllib.parse.urlsplit(url).path == "/oauth2/logout"]
    expect(asked, "the app does not sign out at Doorward", page)
    confirmation = page.form("/oauth2/logout")
    if confirmation:
        expect("id_token_hint" not in asked[0], "Doorward asks although the app has proven the session", page)
        page = operator.browser.submit(page, confirmation, {"decision": "sign_out"})
        passed += operator.browser.passed
    returned = [url for url in passed[passed.index(asked[0]) :] if url.startswith(operator.address)]
    expect(returned, "the browser does not return to the app", page)
    operator.expect_sign_in(operator.open(), "the sign-out leaves a session")
    expect(member.open().text("sub"), "the sign-out ends somebody else's session", page)


CHECKS = {"sign-in": sign_in, "return": return_to_page, "roles": roles, "refresh": refresh, "sign-out": sign_out}
