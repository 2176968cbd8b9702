"""The address from which a request comes."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest


def ip_of(request: HttpRequest) -> str | None:
    """Returns the visitor's address, behind as many proxies as there are; None if there is none.

    Raises nothing, whatever a made-up header says: what the visitor does goes on.
    """
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except (ValueError, ImproperlyConfigured, PermissionDenied):
        return None
