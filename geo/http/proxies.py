"""Where links point: the configured address, or what a trusted proxy says of itself; never a Host header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from flask import Request

from geo.settings import Settings, network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEY = "geo.base_url"
_HOST = re.compile(r"([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?", re.ASCII)


class PublicAddress:
    """The address under which a client reaches us, by configuration or by a trusted proxy's word."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url
        # A proxy passes on the headers that it does not set itself: a client's own could point every link elsewhere.
        self._reads_headers = settings.public_url is None
        self._trusted = [network(entry) for entry in settings.trusted_proxies]

    def of(self, environ: WSGIEnvironment) -> str:
        """The address without a final slash."""
        if self._reads_headers and self.trusts(environ.get("REMOTE_ADDR", "")):
            return _forwarded(environ) or self._base_url
        return self._base_url

    def client(self, environ: WSGIEnvironment) -> str:
        """The address of who asks: the peer's, or what our own proxies say of theirs."""
        peer: str = environ.get("REMOTE_ADDR", "")
        if not self.trusts(peer):
            return peer
        chain = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        # From the right: each proxy adds the address it saw, and only ours are believed.
        named = next((part for part in reversed(chain) if not self.trusts(part)), None)
        return named if named is not None and _is_address(named) else peer

    def trusts(self, address: str) -> bool:
        """Whether it is a proxy's whose headers count."""
        if not self._trusted or not _is_address(address):
            return False
        known = ip_address(address)
        # A socket of both families calls 10.0.0.1 ::ffff:10.0.0.1.
        plain = (known.ipv4_mapped if isinstance(known, IPv6Address) else None) or known
        return any(plain in network for network in self._trusted)


class TrustedProxies:
    """WSGI middleware that notes the public address of each request.

    `settings.public_url` wins over every header. Without it X-Forwarded-Proto, -Host and -Prefix count when the
    request comes from an address or network of `settings.trusted_proxies`; then, with it or without, the client's
    own address is taken from X-Forwarded-For.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._address = PublicAddress(settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on."""
        environ[_KEY] = self._address.of(environ)
        if "REMOTE_ADDR" in environ:
            environ["REMOTE_ADDR"] = self._address.client(environ)
        return self._app(environ, start_response)


def base_url(request: Request, settings: Settings) -> str:
    """The address under which the client reaches us, without a final slash."""
    return str(request.environ.get(_KEY) or settings.base_url)


def subscriber(address: str) -> str:
    """What counts as one sender: an address of IPv4; of IPv6 the first 64 bits, which one subscriber gets."""
    try:
        known = IPv6Address(address)
    except AddressValueError:
        return address
    # A socket of both families calls 10.0.0.1 ::ffff:10.0.0.1.
    return str(known.ipv4_mapped or IPv6Network((int(known) >> 64 << 64, 64)))


def _forwarded(environ: WSGIEnvironment) -> str | None:
    scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
    host = _last(environ, "HTTP_X_FORWARDED_HOST")
    prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX")
    if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    return f"{scheme}://{host}{prefix.rstrip('/') if _PREFIX.fullmatch(prefix) else ''}"


def _last(environ: WSGIEnvironment, header: str) -> str:
    """The value that the nearest proxy added."""
    return str(environ.get(header, "")).rsplit(",", maxsplit=1)[-1].strip()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
