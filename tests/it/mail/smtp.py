"""An SMTP server for tests. Prints its port, and writes each message that it accepts as JSON into its folder.

Arguments: the folder, the encryption (none, starttls, implicit), and whether users log in (login, open). A file named
`refuse` in the folder contains the response to every recipient, and one named `refuse-sender` that to every sender.
"""
import asyncio
import email
import email.policy
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, encryption, login = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "login"


def refusal(name):
    file = folder / name
    return file.read_text() if file.exists() else None


class Handler:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if refused := refusal("refuse-sender"):
            return refused
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if refused := refusal("refuse"):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        written = {
            "from": message["from"],
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "id": message["message-id"],
            "date": message["date"],
            "text": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "encrypted": session.ssl is not None or encryption == "implicit",
        }
        Handler.count += 1
        (folder / f"{Handler.count:05}.json").write_text(json.dumps(written))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"mailer" and data.password == b"right-password"
    return AuthResult(success=right, handled=False, auth_data=data)


async def main():
    context = None
    if encryption != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    options = {"hostname": "localhost", "enable_SMTPUTF8": True, "loop": asyncio.get_running_loop()}
    if encryption == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {
            "auth_required": True,
            "authenticator": authenticate,
            "auth_require_tls": encryption == "starttls",
        }
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=context if encryption == "implicit" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    # Standard input closes when the test ends, even if it is killed.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
