"""How answers travel: weak ETags with 304, gzip, and addresses of static files that may be cached for ever."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from flask import Flask, Response, g, request, session, url_for

WORTH_COMPRESSING = 500
"""Bytes below which gzip saves less than a packet."""
LEVEL = 6
_TEXT = ("text/", "application/json", "application/javascript", "application/openmetrics-text", "image/svg+xml")
_STREAM_BATCH = 64 * 1024


def finish(response: Response) -> Response:
    """Give an answer its caching and its encoding. The last step before the headers are final."""
    _set_caching(response)
    if response.status_code == 200 and request.method in {"GET", "HEAD"} and not response.is_streamed:  # noqa: PLR2004
        if not response.get_etag()[0]:
            response.set_etag(_digest(response.get_data()), weak=True)
        response.make_conditional(request)
    _compress(response)
    return response


def _set_caching(response: Response) -> None:
    response.vary.update(["Accept-Encoding"])
    if request.endpoint in {"static", "module"}:
        known = "v" in request.args or g.get("version_known", False)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
        return
    response.vary.update(["Accept", "Accept-Language", "Cookie"])
    response.headers.setdefault("Cache-Control", "private, no-cache")


def _digest(body: bytes) -> str:
    # The CSRF token is signed anew for each page though the page is the same one; its session decides.
    token = g.get("csrf_token", "").encode()
    if token:
        body = body.replace(token, session.get("csrf_token", "").encode())
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def _compress(response: Response) -> None:
    # BREACH needs a page of ours made by another site with the reader's session; SameSite=Lax withholds it.
    if (
        response.status_code in {204, 206, 304}
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(_TEXT)
        or not request.accept_encodings.quality("gzip")
    ):
        return
    if response.is_streamed and not response.direct_passthrough:
        response.response = _gzip_stream(response.iter_encoded())
        response.headers.pop("Content-Length", None)
    else:
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < WORTH_COMPRESSING:
            return
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        etag, _ = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)
    response.headers["Content-Encoding"] = "gzip"


def _gzip_stream(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()


def static_url_builder(app: Flask) -> Callable[[str], str]:
    """A function from a file under `static/` to its address, which holds the digest of what is in the file.

    Modules import each other by relative addresses, so the digest of all of them is a folder in theirs.
    """
    folder = Path(app.static_folder or "")
    modules = hashlib.blake2b(digest_size=6)
    for path in sorted((folder / "js").glob("*.js")):
        modules.update(path.read_bytes())
    version = modules.hexdigest()

    def module(digest: str, filename: str) -> Response:
        g.version_known = digest == version
        return app.send_static_file(f"js/{filename}")

    app.add_url_rule("/static/js/<digest>/<filename>", "module", module)

    @cache
    def digest(filename: str) -> str:
        return hashlib.blake2b((folder / filename).read_bytes(), digest_size=6).hexdigest()

    def static_url(filename: str) -> str:
        if filename.startswith("js/"):
            return url_for("module", digest=version, filename=filename.removeprefix("js/"))
        return url_for("static", filename=filename, v=digest(filename))

    return static_url
