"""The pages of the site."""

import os
import pathlib

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

PAGE = """
<p id="sub">{{ request.user.username }}</p>
<p id="name">{{ request.user.first_name }}</p>
<form id="sign-out" method="post" action="/oidc/logout/">{% csrf_token %}<button>Sign out</button></form>
"""


@login_required
def home(request):
    return HttpResponse(engines["django"].from_string(PAGE).render(request=request, context={"request": request}))


@login_required
def admin(request):
    if not request.user.groups.filter(name="operators").exists():
        raise PermissionDenied
    return HttpResponse("<p id='admin'>For operators</p>")


urlpatterns = [path("", home), path("admin", admin)]

exec((pathlib.Path(os.environ["SNIPPETS"]) / "urls.py").read_text())
