"""A mail server for tests: python3 mail.py PORT OPTION...

The server runs in the folder of the servers. Each message that it accepts is a
folder `mail/NUMBER` with a file per part, which is complete before the server
replies 250.

Options: `starttls` requires STARTTLS; `tls` uses TLS from the first byte; `login`
requires the user MAIL_USER with MAIL_PASSWORD, and `no-plain` offers only the
mechanism LOGIN; `ascii` refuses non-ASCII addresses; `second-address` listens at
127.0.0.2 too, which the certificate does not name; `idle=SECONDS` is the timeout
for a command; `letters=NUMBER` is the maximum number of messages per connection;
`pause=MILLISECONDS` delays the reply to each message.

The first word of an address selects the reply. For a sender or recipient,
`refused` gets 550. For a recipient, `later` gets 451, `busy` gets 421, and `slow`
gets no reply. A message for `spam` is refused with an error that quotes its text.
A message for `lost` is accepted, and the connection is closed before the reply.
A message for `mute` is accepted and gets no reply. A message for `goodbye` is
accepted, and the connection is closed after the reply.
"""

import asyncio
import email
import email.policy
import errno
import os
import re
import signal
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

PORT = int(sys.argv[1])
OPTIONS = sys.argv[2:]


def number(option, otherwise):
    """Returns the number in an option such as idle=5."""
    values = [o.split("=")[1] for o in OPTIONS if o.startswith(option + "=")]
    return int(values[0]) if values else otherwise


def is_for(address, word):
    """True if an address begins with this word."""
    return re.split(r"[^a-z]", address)[0] == word


def store(server, session, envelope):
    """Writes the decoded parts of a message, then makes its folder visible."""
    parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
    if not hasattr(session, "letters"):
        session.letters = 0
    session.letters += 1

    def body(kind):
        part = parsed.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part else ""

    parts = {
        "from": envelope.mail_from,
        "to": "\n".join(envelope.rcpt_tos),
        "subject": str(parsed["subject"] or ""),
        "message_id": str(parsed["message-id"] or ""),
        "text": body("plain"),
        "html": body("html"),
        "connection": str(session.peer[1]),
        "user": session.auth_data or "",
        "encrypted": "yes" if is_encrypted(server) else "",
    }
    index = len(os.listdir("mail")) + 1
    made = f"making-{os.getpid()}"
    os.mkdir(made)
    for name, value in parts.items():
        with open(f"{made}/{name}", "wb") as file:
            file.write((value or "").encode("utf-8", "surrogateescape"))
    with open(f"{made}/raw", "wb") as file:
        file.write(envelope.content)
    os.rename(made, f"mail/{index:06}")


def is_encrypted(server):
    """True if the connection is encrypted with TLS."""
    return server.transport.get_extra_info("ssl_object") is not None


class Handler:
    """Accepts or refuses messages by their addresses."""

    async def handle_MAIL(self, server, session, envelope, address, options):
        if getattr(session, "letters", 0) >= number("letters", 1000):
            return "451 4.7.0 too many messages over this connection"
        if is_for(address, "refused"):
            return "550 5.7.1 this sender may not"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if is_for(address, "refused"):
            return "550 5.1.1 no such user here"
        if is_for(address, "later"):
            return "451 4.7.1 come back later"
        if is_for(address, "busy"):
            return "421 4.3.2 going down"
        if is_for(address, "slow"):
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        if is_for(address, "spam"):
            parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
            text = parsed.get_body(("plain",)).get_content()
            return "554 5.7.1 spam: " + " ".join(text.split())
        await asyncio.sleep(number("pause", 0) / 1000)
        store(server, session, envelope)
        if is_for(address, "lost"):
            server.transport.abort()
        if is_for(address, "mute"):
            await asyncio.Event().wait()
        if is_for(address, "goodbye"):
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, login):
    """Accepts one user with one password; an error quotes the other credentials."""
    user, password = login.login.decode(), login.password.decode()
    if (user, password) == (os.environ["MAIL_USER"], os.environ["MAIL_PASSWORD"]):
        return AuthResult(success=True, auth_data=user)
    return AuthResult(success=False, handled=False, message=f"535 5.7.8 {user} is not known with {password}")


def certificate():
    """Returns the TLS context with the certificate for localhost and 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("tls/server.pem", "tls/server.key")
    return context


async def main():
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    login = "login" in OPTIONS

    def connection():
        return SMTP(
            Handler(),
            hostname="mail.test",
            enable_SMTPUTF8="ascii" not in OPTIONS,
            tls_context=certificate() if "starttls" in OPTIONS else None,
            require_starttls="starttls" in OPTIONS,
            auth_required=login,
            auth_require_tls="starttls" in OPTIONS,
            authenticator=authenticate if login else None,
            auth_exclude_mechanism=excluded if login else ["PLAIN", "LOGIN"],
            timeout=number("idle", 300),
            loop=loop,
        )

    excluded = ["PLAIN"] if "no-plain" in OPTIONS else []
    addresses = ["127.0.0.1"] + (["127.0.0.2"] if "second-address" in OPTIONS else [])
    context = certificate() if "tls" in OPTIONS else None
    try:
        await loop.create_server(connection, addresses, PORT, ssl=context)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit("Address already in use")
    with open("ready", "w", encoding="ascii") as file:
        file.write(str(PORT))
    await ended.wait()


asyncio.run(main())
