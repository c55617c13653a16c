"""A mail server of the tests, which keeps what it is given, and may refuse."""

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.integration.auth.conftest import application, audited, browser, kept, people  # noqa: F401 - fixtures
from tests.running import free_port


class Postbox:
    """What a server took: (from, to, bytes of the message)."""

    def __init__(self):
        self.taken = []
        self.refusal = None

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd calls it so
        if self.refusal:
            return self.refusal
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def postbox():
    """The server's memory."""
    return Postbox()


@pytest.fixture
def server(postbox):
    """Starts a server on a free port of loopback; its address."""
    started = []

    def start(**options):
        controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        started.append(controller)
        return f"127.0.0.1:{controller.port}"

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def with_password():
    """Options of a server that wants the password `s@cret` of `geo`."""

    def agrees(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"geo", b"s@cret"))

    return {"authenticator": agrees, "auth_required": True, "auth_require_tls": False}
