"""Requests that no page would send: wrong addresses, bodies, headers and sessions."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
from good_values import ASK, GoodValues
from hostile_values import HOSTILE
from raw_http import API, Answer, RawApp, read_answer

INDICES = [-1, 10**6, "0", "x", None, 1.5, [], True, 10**30, math.nan]
NAMES = ["__class__", "launch", "postprocess", "draw ", "", None, 7, "../draw", "get_config", "_is_server_fn"]
SESSIONS = ["", "x" * 10_000, "../x", "\x00", "\ud800", None, 5, [], {"a": 1}]
BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"5", b"\xff\xfe\x00", b'{"data": [' + b"1" * 5000 + b"]}", b"[" * 100_000,
    b'{"data": {}}', b'{"data": []}', b'{"data": "x", "fn_index": 0}', b'{"a": 1, "a": 2}', b"a=1&b=2",
]   # fmt: skip
TYPES = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/json; charset=utf-16", "", "application/xml", "x" * 5000,
]   # fmt: skip
POSTS = ["queue/join", "run/sample", "component_server", "call/sample", "api/mix", "upload", "cancel", "reset"]
GETS = [
    "queue/data", "queue/data?session_hash=lost", "queue/data?session_hash=", "queue/status", "call/sample/lost",
    "file=/etc/passwd", "file=../../etc/passwd", "file=%00", "file=http://127.0.0.1:1/", "proxy=http://127.0.0.1:1/",
    "upload_progress", "run/sample", "deep_link", "stream/a/b/5/playlist.m3u8",
    "../monitoring", "../monitoring/summary", "../config?x=" + "x" * 5000, "../file=app.py", "../lost", "info",
    "../?watch=" + "x" * 5000, "../?__theme=<script>", "../?view=\x00",
]   # fmt: skip


def malformed(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    """Send one such request; what was odd about it, and the answer."""
    return random.choice(WAYS)(app, good, random)


def wrong_index(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    index, path = random.choice(INDICES), random.choice(["queue/join", "run/mix"])
    body = {"fn_index": index, "session_hash": "odd", "data": []}
    return f"fn_index {index!r} to {path}", _posted(app, path, body)


def wrong_member(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    view = app.server_function("mix-view", "draw")
    body = {"component_id": view.component, "fn_name": "draw", "session_hash": "odd", "data": ASK}
    key = random.choice(sorted(body))
    value = random.choice({"component_id": [*INDICES, 0], "fn_name": NAMES, "session_hash": SESSIONS}.get(key, HOSTILE))
    return f"{key} {_short(value)} to component_server", _posted(app, "component_server", body | {key: value})


def wrong_session(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    session, path = random.choice(SESSIONS), random.choice(["queue/join", "run/sample"])
    endpoint = app.endpoint("sample" if path == "queue/join" else "mix")
    body = {"fn_index": endpoint.index, "session_hash": session, "data": good.of(endpoint)}
    return f"session_hash {_short(session)} to {path}", _posted(app, path, body)


def missing_member(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    endpoint = app.endpoint(random.choice(["sample", "mix"]))
    body = {"fn_index": endpoint.index, "session_hash": "odd", "data": good.of(endpoint)}
    key, path = random.choice(sorted(body)), random.choice(["queue/join", f"run/{endpoint.name}"])
    rest = {name: value for name, value in body.items() if name != key}
    return f"no {key} to {path}", _posted(app, path, rest)


def odd_extra(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    endpoint = app.endpoint("mix")
    key = random.choice(["event_data", "trigger_id", "batched", "simple_format", "event_id", "oauth_token", "data"])
    value = random.choice(HOSTILE)
    body = {"fn_index": endpoint.index, "session_hash": "odd", "data": good.of(endpoint), key: value}
    return f"{key} {_short(value)} to run/mix", _posted(app, "run/mix", body)


def odd_body(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    path, body, kind = random.choice(POSTS), random.choice(BODIES), random.choice(["application/json", *TYPES])
    return f"body {_short(body)} as {_short(kind)} to {path}", _sent(lambda: app.send(path, body, kind))


def odd_header(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    name = random.choice(["x-odd", "cookie", "referer", "accept-language", "x-forwarded-for", "authorization", "range"])
    value = random.choice(["x" * 60_000, "x" * 200_000, "\t", "äöü", "%00", "{}", "a=b; " * 2000])
    return f"header {name} {_short(value)}", _sent(lambda: app.http.get("config", headers={name: value.encode()}))


def odd_address(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    path = random.choice(GETS)
    return f"GET {_short(path)}", _sent(lambda: app.get(path))


def odd_method(app: RawApp, good: GoodValues, random: Random) -> tuple[str, Answer]:
    method, path = random.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "ODD"]), random.choice(POSTS)
    return f"{method} {path}", _sent(lambda: app.http.request(method, f"{API}/{path}"))


WAYS: list[Callable[[RawApp, GoodValues, Random], tuple[str, Answer]]] = [
    wrong_index, wrong_member, wrong_session, missing_member, odd_extra, odd_body, odd_header, odd_address, odd_method,
]   # fmt: skip


def _posted(app: RawApp, path: str, body: dict[str, Any]) -> Answer:
    answer = _sent(lambda: app.post(path, body))
    session = body.get("session_hash")
    if path == "queue/join" and not answer.failed and isinstance(session, str) and session.isascii():
        return app.follow(session)
    return answer


def _sent(send: Callable[[], httpx.Response]) -> Answer:
    try:
        response = send()
    except httpx.TimeoutException:
        raise
    except (httpx.HTTPError, httpx.InvalidURL):   # a door that is slammed, or an address that cannot be asked
        return Answer(0)
    return read_answer(response)


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) < 80 else f"{text[:60]}... ({len(text)} characters)"
