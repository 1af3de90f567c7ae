"""How somebody signs in to Miniflux, and where it shows who has signed in."""

from driver.checks import Visit


class MinifluxVisit(Visit):
    """Miniflux shows only the username."""

    def open(self, path="/"):
        page = self.browser.get(f"{self.address}{path}")
        if "/oauth2/oidc/redirect" in page.body:
            page = self.browser.get(f"{self.address}/oauth2/oidc/redirect")
        return page

    def identifies(self, page):
        return f'"Logged in as {self.person.username}"' in page.body
