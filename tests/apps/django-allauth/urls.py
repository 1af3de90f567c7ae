"""The pages of the site."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import include, path
from django.utils.html import format_html


def claims_of(request):
    return SocialAccount.objects.get(user=request.user).extra_data["id_token"]


@login_required
def home(request):
    claims = claims_of(request)
    return HttpResponse(format_html("<p id='sub'>{}</p><p id='name'>{}</p>", claims["sub"], claims["name"]))


@login_required
def admin(request):
    if "operators" not in claims_of(request).get("groups", []):
        raise PermissionDenied
    return HttpResponse("<p id='admin'>For operators</p>")


urlpatterns = [path("", home), path("admin", admin), path("accounts/", include("allauth.urls"))]
