"""A Flask app with Authlib, around the configuration that the catalogue prints."""

import os
import pathlib
import secrets
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth, token_update
from flask import Flask, abort, redirect, render_template_string, session, url_for

PAGE = """
<p id="sub">{{ user.sub }}</p>
<p id="name">{{ user.name }}</p>
<p id="token">{{ access_token }}</p>
<form id="refresh" method="post" action="/refresh"><button>Refresh</button></form>
<form id="sign-out" method="post" action="/sign-out"><button>Sign out</button></form>
"""

app = Flask(__name__)
app.secret_key = secrets.token_bytes()
exec((pathlib.Path(os.environ["SNIPPETS"]) / "Flask").read_text())

# What an app adds to the definition: it asks for a refresh token and groups, and keeps its tokens.
oauth.doorward.client_kwargs["scope"] += " groups offline_access"
tokens = {}


def keep_tokens():
    token = oauth.doorward.authorize_access_token()
    session["user"] = token["userinfo"]
    tokens[token["userinfo"]["sub"]] = token
    return redirect("/")


app.view_functions["callback"] = keep_tokens


@token_update.connect
def keep_new_tokens(sender, name, token, refresh_token=None, access_token=None):
    tokens[session["user"]["sub"]].update(token)


@app.get("/")
def home():
    if "user" not in session:
        return redirect(url_for("login"))
    user = session["user"]
    return render_template_string(PAGE, user=user, access_token=tokens[user["sub"]]["access_token"])


@app.get("/admin")
def admin():
    if "operators" not in session.get("user", {}).get("groups", []):
        abort(403)
    return "<p id='admin'>For operators</p>"


@app.post("/refresh")
def refresh():
    # Authlib refreshes a token that has expired when the app uses it.
    token = tokens[session["user"]["sub"]]
    oauth.doorward.userinfo(token={**token, "expires_at": 1})
    return redirect("/")


@app.post("/sign-out")
def sign_out():
    token = tokens.pop(session.pop("user")["sub"])
    target = oauth.doorward.load_server_metadata()["end_session_endpoint"]
    fields = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": os.environ["ADDRESS"] + "/"}
    return redirect(f"{target}?{urlencode(fields)}")


app.run("127.0.0.1", int(os.environ["PORT"]))
