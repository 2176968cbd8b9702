"""Wires the database guards, and adapts two of Django's own apps."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.db.models.signals import post_migrate, pre_migrate


class BookingSystemConfig(AppConfig):
    name = "booking_system"
    verbose_name = "Booking system"
    floor = 90

    def ready(self) -> None:
        from django.db import connection

        from booking_system import sqlite_triggers

        if connection.vendor == "postgresql":
            from booking_system import postgres_timestamps

            postgres_timestamps.read_quickly()
        # Django sends both signals once for each app that has models: one of them is enough.
        sender = apps.get_app_config("appointments")
        pre_migrate.connect(sqlite_triggers.drop_before_migrate, sender=sender)
        post_migrate.connect(sqlite_triggers.create_after_migrate, sender=sender)


class ClinicAdminConfig(AdminConfig):
    """Django's admin with our site, without the pages that would write around the actions."""

    default_site = "booking_system.admin_site.ClinicAdminSite"

    def ready(self) -> None:
        super().ready()  # finds every app's admin.py
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
        from allauth.usersessions.models import UserSession
        from django.contrib import admin
        from django.contrib.auth.models import Group

        secret = (Authenticator, SocialAccount, SocialApp, SocialToken, UserSession)
        for model in (EmailAddress, Group, *secret):
            if admin.site.is_registered(model):
                admin.site.unregister(model)


class SiteStaticFilesConfig(StaticFilesConfig):
    """Leaves out `static/src/`, from which the CSS is built: nobody asks the site for it."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "src"]
