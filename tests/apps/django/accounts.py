"""Accounts by subject, with the groups of the claims."""

from django.contrib.auth.models import Group
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class Backend(OIDCAuthenticationBackend):
    """Finds, creates and updates accounts."""

    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims):
        return self.update_user(self.UserModel.objects.create_user(claims["sub"]), claims)

    def update_user(self, user, claims):
        user.first_name = claims["name"]
        user.save()
        user.groups.set([Group.objects.get_or_create(name=name)[0] for name in claims.get("groups", [])])
        return user
