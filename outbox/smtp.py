"""The only place that talks SMTP: one connection, one recipient per letter, no doubt hidden.

Whatever may happen to a letter is one of the exceptions below; `deliver` returning means "250".
"""

import re
import smtplib
import ssl
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.utils.encoding import punycode

# What needs no quoting, at a domain or at a server's number.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@([\w.-]+|\[[\w.:]+\])", re.ASCII)


class Refused(Exception):
    """The server will never take this letter."""


class TryLater(Exception):
    """The server has not taken this letter, and may another time."""


class InDoubt(Exception):
    """The letter was handed over, and the answer did not come."""


class Unreachable(Exception):
    """There is no mail server to talk to. Says nothing about any letter."""


class Overtaken(Exception):
    """`handing` said no: somebody else has taken over this letter. The server has not got it."""


class _PatientConnect:
    """Short to connect, longer to wait for what the server says then."""

    def _get_socket(self, host, port, timeout):
        connected = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        connected.settimeout(settings.SMTP_COMMAND_TIMEOUT)
        return connected


class _Plain(_PatientConnect, smtplib.SMTP):
    pass


class _Tls(_PatientConnect, smtplib.SMTP_SSL):
    pass


class Smtp:
    """A connection to the office's mail server, opened when needed and used for many letters."""

    reaches_people = True

    def __init__(self):
        self._client: Any = None
        self._no_introduction = ""

    def open(self):
        """Connect, if not connected. Raises Unreachable."""
        if self._client is not None:
            return
        try:
            self._client = _connect()
        except OSError as error:
            raise Unreachable(_words(error)) from error

    def close(self):
        """Say goodbye. What goes wrong with that changes nothing about the letters."""
        if self._client is not None:
            try:
                self._client.quit()
            except OSError:
                self._client.close()
        self._client = None

    def deliver(self, *, recipient, content, handing):
        """Give one letter to the server. `handing()` is asked when the server has agreed to the
        recipient and has nothing yet; if it returns False, the server gets nothing.

        Returns when the server has answered 250. Raises one of this module's exceptions.
        """
        self._address(address_on_the_wire(recipient))
        if not handing():
            self._command(self._client.rset)
            raise Overtaken
        self._hand_over(content)

    def _address(self, recipient):
        """MAIL and RCPT. MAIL is about us, so its refusal says nothing about the letter; a
        connection that has worked before and now does not is opened once more."""
        self.open()
        if not self._introduces():
            self._drop()
            self.open()
            if not self._introduces():
                reason = self._no_introduction
                self._drop()
                raise Unreachable(reason)
        self._check(*self._command(self._client.rcpt, recipient))

    def _introduces(self):
        try:
            code, text = self._client.mail(_sender())
        except OSError as error:
            self._no_introduction = _words(error)
            return False
        self._no_introduction = _words(smtplib.SMTPResponseException(code, text))
        return 200 <= code < 300

    def _command(self, command, *args):
        try:
            return command(*args)
        except OSError as error:
            self._drop()
            raise TryLater(_words(error)) from error

    def _hand_over(self, content):
        code, text = self._command(self._client.docmd, "DATA")
        if code != 354:
            self._check(code, text, expected=())
        try:
            self._client.sock.settimeout(settings.SMTP_DATA_TIMEOUT)
            self._client.send(_dotted(content))
            code, text = self._client.getreply()
            self._client.sock.settimeout(settings.SMTP_COMMAND_TIMEOUT)
        except OSError as error:
            self._drop()
            raise InDoubt(_words(error)) from error
        if not (200 <= code < 300 or 400 <= code < 600):
            self._drop()
            raise InDoubt(f"{code} {text!r}")
        self._check(code, text)

    def _check(self, code, text, expected=range(200, 300)):
        if code in expected:
            return
        if code == 421:
            self._drop()
        else:
            self._reset()
        reason = _words(smtplib.SMTPResponseException(code, text))
        raise Refused(reason) if code >= 500 else TryLater(reason)

    def _reset(self):
        try:
            self._client.rset()
        except OSError:
            self._drop()

    def _drop(self):
        if self._client is not None:
            self._client.close()
        self._client = None


class Accepted:
    """Stands for a mail server that takes everything, for a simulated past. Reaches nobody."""

    reaches_people = False

    def open(self):
        pass

    def close(self):
        pass

    def deliver(self, *, recipient, content, handing):
        if not handing():
            raise Overtaken


def _connect():
    kind = _Tls if settings.EMAIL_USE_SSL else _Plain
    options = {"context": _tls()} if settings.EMAIL_USE_SSL else {}
    client = kind(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        local_hostname=DNS_NAME.get_fqdn(),
        timeout=settings.SMTP_CONNECT_TIMEOUT,
        **options,
    )
    try:
        if settings.EMAIL_USE_TLS:
            client.starttls(context=_tls())
        client.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            client.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        client.close()
        raise
    return client


def _tls():
    context = ssl.create_default_context()
    if settings.EMAIL_SSL_CERTFILE:
        context.load_cert_chain(settings.EMAIL_SSL_CERTFILE, settings.EMAIL_SSL_KEYFILE)
    return context


def _sender():
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def address_on_the_wire(address):
    """The address in letters that every server reads. Raises Refused when it is not just one."""
    local, _at, domain = address.rpartition("@")
    try:
        wire = f"{local}@{punycode(domain)}".encode("ascii").decode()
    except UnicodeError as error:
        raise Refused(f"550 “{address}” cannot be written to from here.") from error
    # Looked at as it will be: some wide signs of a domain become signs of the protocol.
    if not _ADDRESS.fullmatch(wire):
        raise Refused(f"550 “{address}” is not an e-mail address.")
    return wire


def _dotted(content):
    """The letter as it goes over the wire: lone dots doubled, the final dot added."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"


def _words(error):
    """What went wrong, for the outbox page."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {text}".strip()
    return str(error) or type(error).__name__
