"""The headers that tell a browser what it may do with our answers."""

from __future__ import annotations

from flask import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "font-src 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""Nothing from elsewhere and nothing inline. Images may be `data:` for the PNG that a chart is saved as."""
YEAR = 365 * 86400

_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The CSRF check over HTTPS reads the referrer of our own forms; nobody else gets one.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def secure(response: Response, request_id: str, *, https: bool) -> Response:
    """Give an answer its security headers. `https` is whether people reach us over HTTPS."""
    response.headers.update(_ALWAYS)
    response.headers["X-Request-Id"] = request_id
    if https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    return response
