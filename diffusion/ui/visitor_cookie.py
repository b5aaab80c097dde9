"""How a visitor is known: a browser by a cookie that no script reads, a program by its session."""

import re
from contextlib import suppress
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

from diffusion.ui.asgi import plain_request

COOKIE, TOKEN = "sprite-lab-visitor", re.compile(r"[\w-]{43}")
COOKIE_S = 400 * 24 * 3600   # browsers allow no more
VISITOR = "visitor"          # where a request tells who it is from
PICTURES = "img-src 'self' data: blob:"   # a page fetches none from elsewhere, whatever text gets into it


def visitor_of(request: Any) -> str:
    """Who a request is from, be it Starlette's or Gradio's; "" where it did not come by the door."""
    plain = plain_request(request)
    return plain.scope.get(VISITOR, "") if plain else ""


def visitor_named(secret: str) -> str:
    """The name of a visitor, which tells nobody the secret behind it."""
    return sha256(f"visitor {secret}".encode(errors="replace")).hexdigest()[:32]


def cookie_token(headers: Headers) -> str | None:
    """The secret in a browser's cookie."""
    jar = SimpleCookie()
    with suppress(CookieError):
        jar.load(headers.get("cookie", ""))
    token = jar[COOKIE].value if COOKIE in jar else ""
    return token if TOKEN.fullmatch(token) else None


def giving_cookie(scope: Scope, headers: Headers, send: Send) -> Send:
    """`send`, which gives a page's browser the cookie by which it is known from now on, and the page's policy."""
    if "text/html" not in headers.get("accept", ""):
        return send
    token = cookie_token(headers) or token_urlsafe(32)

    async def giving(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            answer.append("set-cookie", _cookie(token, _is_secure(scope, headers)))
            answer["content-security-policy"] = PICTURES
        await send(message)

    return giving


def _cookie(token: str, secure: bool) -> str:
    """What keeps a token in a browser, also where the app stands inside another page, as it does on a Space."""
    where = "Secure; SameSite=None; Partitioned" if secure else "SameSite=Lax"
    return f"{COOKIE}={token}; Path=/; Max-Age={COOKIE_S}; HttpOnly; {where}"


def _is_secure(scope: Scope, headers: Headers) -> bool:
    """Whether the browser sees the app over https."""
    return "https" in (scope["scheme"], headers.get("x-forwarded-proto", "").partition(",")[0].strip())
