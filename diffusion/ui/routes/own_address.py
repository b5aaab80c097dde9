"""The address of the app, as a request came to it."""

import re

from starlette.requests import Request

from diffusion.support.checks import InputError
from diffusion.ui.words import classroom

HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")


def root_of(request: Request) -> str:
    """The address of the app as this request came to it, without a slash at its end.

    Raises InputError if its name has signs that no name has.
    """
    path = request.scope.get("root_path", "")
    if path.startswith(("http://", "https://")):   # the host has said it in full
        return path.rstrip("/")
    headers = request.headers
    host, scheme = (headers.get(f"x-forwarded-{what}", "").partition(",")[0].strip() for what in ("host", "proto"))
    host = host or headers.get("host", "")
    if not HOST.fullmatch(host):
        raise InputError(classroom.ODD_HOST)
    return f"{scheme if scheme in ('http', 'https') else request.url.scheme}://{host}{path.rstrip('/')}"
