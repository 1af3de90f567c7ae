"""A Django site with mozilla-django-oidc, around the settings.py that the catalogue prints."""

import os
import pathlib
import secrets
from urllib.parse import urlencode

SECRET_KEY = secrets.token_hex()
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["STATE"] + "/site.db"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]

exec((pathlib.Path(os.environ["SNIPPETS"]) / "settings.py").read_text())

# What a site adds to the definition: accounts with groups, and a sign-out at Doorward.
AUTHENTICATION_BACKENDS = ["accounts.Backend"]
OIDC_RP_SCOPES += " groups"
OIDC_STORE_ID_TOKEN = True
OIDC_OP_LOGOUT_URL_METHOD = "settings.sign_out_at_doorward"
LOGIN_URL = "/oidc/authenticate/"
LOGOUT_REDIRECT_URL = "/"


def sign_out_at_doorward(request):
    """Where the browser goes after its session at the site has ended."""
    fields = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": os.environ["ADDRESS"] + "/",
    }
    return f"{os.environ['ISSUER']}/oauth2/logout?{urlencode(fields)}"
