"""A browser without scripts: cookies, redirects, links and forms."""

import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy

PATIENCE = 30


class Page(HTMLParser):
    """A page, with its links, its forms and the texts of elements by their ids."""

    VOID = {"input", "meta", "link", "br", "img", "hr"}

    def __init__(self, url, status, body):
        super().__init__()
        self.url, self.status, self.body = url, status, body
        self.links, self.forms, self.texts = {}, [], {}
        self.leads_to = None
        self.open = []
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("id")
        if tag == "a" and name:
            self.links[name] = attributes.get("href", "")
        if tag == "meta" and attributes.get("http-equiv") == "refresh":
            self.leads_to = attributes["content"].partition("url=")[2]
        if tag == "form":
            self.forms.append(Form(name, attributes.get("action", ""), attributes.get("method", "get").lower()))
        if tag == "input" and self.forms and attributes.get("name"):
            self.forms[-1].fields[attributes["name"]] = attributes.get("value", "")
        if tag == "button" and self.forms and attributes.get("name"):
            self.forms[-1].buttons.append((attributes["name"], attributes.get("value", "")))
        if tag not in self.VOID:
            self.open.append((tag, name))
            if name:
                self.texts[name] = ""

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _, name in self.open:
            if name:
                self.texts[name] += data

    def text(self, name):
        """The text of the element with this id."""
        return self.texts.get(name, "").strip()

    def form(self, path):
        """The form whose action has this path, if there is one."""
        found = (form for form in self.forms if urllib.parse.urlsplit(form.action).path == path)
        return next(found, None)


class Form:
    """A form with the values of its fields."""

    def __init__(self, name, action, method):
        self.name, self.action, self.method = name, action, method
        self.fields, self.buttons = {}, []


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects and remembers them."""

    def __init__(self, passed):
        self.passed = passed

    def redirect_request(self, request, body, code, message, headers, url):
        self.passed.append(url)
        followed = super().redirect_request(request, body, code, message, headers, url)
        followed.timeout = PATIENCE
        return followed


class Browser:
    """A browser; `passed` has the URLs that the last step went through."""

    def __init__(self):
        self.passed = []
        # Browsers send secure cookies over plain http to loopback addresses, where all of this runs.
        policy = DefaultCookiePolicy(secure_protocols=("https", "http"))
        jar = urllib.request.HTTPCookieProcessor(CookieJar(policy))
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), jar, Redirects(self.passed)
        )

    def get(self, url, headers=()):
        """Opens a URL."""
        return self._send(urllib.request.Request(url, headers=dict(headers)))

    def submit(self, page, form, filled=()):
        """Submits a form of the page with these fields."""
        fields = urllib.parse.urlencode({**form.fields, **dict(filled)})
        target = urllib.parse.urljoin(page.url, form.action)
        if form.method == "get":
            return self.get(f"{target}?{fields}")
        return self._send(urllib.request.Request(target, data=fields.encode()))

    def press(self, page, name):
        """Follows the link or submits the form with this id."""
        if name in page.links:
            return self.get(urllib.parse.urljoin(page.url, page.links[name]))
        return self.submit(page, next(form for form in page.forms if form.name == name))

    def _send(self, request):
        self.passed.clear()
        page = self._open(request)
        while page.leads_to:
            page = self._open(urllib.request.Request(urllib.parse.urljoin(page.url, page.leads_to)))
        return page

    def _open(self, request):
        request.add_header("Accept", "text/html")
        self.passed.append(request.full_url)
        try:
            response = self.opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as refused:
            response = refused
        with response:
            return Page(response.url, response.status, response.read().decode())
