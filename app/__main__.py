"""`python -m app`, or `./lab`: serves the API on `HOST`:`PORT`; the commands manage access, and back the lab up."""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import sys
from datetime import UTC, datetime

from pydantic import ValidationError

from app.access import Access
from app.failure import Failure
from core import logs
from core.settings import keep_private, settings, wrong_settings


def _serve(access: Access) -> None:
    logs.configure()
    keep_private()
    from app.startup import refusal

    sentence = refusal(settings())
    if sentence is not None:
        raise SystemExit(sentence)
    # Imported here, as the other commands, and a refusal, need neither the server nor the API.
    import uvicorn

    from app.api.stream import SEND_SECONDS
    from app.http_protocol import LimitedHttpToolsProtocol

    if not access.is_open:
        print(f"Open the lab with this link; it signs one browser in, within an hour:\n  {access.link()}", flush=True)
    # Streams stay open until their experiment ends; they get 2 s to be cut off, and resume where they stopped.
    config = uvicorn.Config(
        "app.main:app",
        host=settings().host,
        port=settings().port,
        http=LimitedHttpToolsProtocol,
        ws="none",
        timeout_graceful_shutdown=2,
        log_config=None,  # ours
        server_header=False,
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    if sys.platform == "linux":
        # Closing a connection waits for written data to be received, forever if the client reads nothing; with this
        # the kernel ends it. Accepted connections inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SEND_SECONDS * 1000))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    if not server.started:
        sys.exit(3)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description="Without a command: serve the API.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("link", help="print a link that signs one browser in, within an hour")
    commands.add_parser("sign-out", help="sign out every browser")
    commands.add_parser("take-redis", help="make the Redis of a lab that is gone this one's; what was open there goes")
    backup = commands.add_parser("backup", help="save the lab to a file, while it runs or not")
    backup.add_argument("file", help="the new file; - for standard output")
    backup.add_argument("--replace", action="store_true", help="replace the file if it is there")
    restore = commands.add_parser("restore", help="restore a back-up into an empty LAB_DATA and database")
    restore.add_argument("file", help="the back-up; - for standard input")
    restore.add_argument(
        "--as-copy", action="store_true", help="make a lab of its own of it, to run beside the one that was saved"
    )
    verify = commands.add_parser("verify", help="check the lab, or a back-up: a line for each problem")
    verify.add_argument("file", nargs="?", help="a back-up; - for standard input; left out: the lab itself")
    keys = commands.add_parser("keys", help="keys for scripts: Authorization: Bearer …").add_subparsers(
        dest="action", required=True
    )
    add = keys.add_parser("add", help="make a key and print it; it is shown only once")
    add.add_argument("name", type=_name)
    add.add_argument("--read-only", action="store_true", help="allow reading and checking only")
    keys.add_parser("list", help="list the keys: name, scope, date")
    keys.add_parser("revoke", help="revoke a key").add_argument("name")
    return parser.parse_args()


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.@ -]{1,60}", text):
        raise argparse.ArgumentTypeError("a name has up to 60 letters, digits, spaces and . _ @ -")
    return text


def _backup(given: argparse.Namespace) -> None:
    """Saves, restores or verifies. Exit status: 0 if all is well, 1 with a sentence for each thing that is not."""
    from app.backup import Refused, restore, save, verify

    def end(*_: object) -> None:
        raise KeyboardInterrupt  # so that what is half done is taken back

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    os.umask(0o077)
    signal.signal(signal.SIGTERM, end)
    file = given.file
    if file is not None and file != "-":  # ./lab runs in the directory of its sources
        file = os.path.join(os.environ.get("LAB_CALLED_FROM", ""), file)
    try:
        match given.command:
            case "backup":
                said = save(settings(), file, replace=given.replace, tell=tell)
                print(said, file=sys.stderr if file == "-" else sys.stdout)
            case "restore":
                print(restore(settings(), file, as_copy=given.as_copy, tell=tell))
            case _:
                is_well = True
                for sentence in verify(settings(), file):
                    is_well = False
                    print(sentence, flush=True)
                if not is_well:
                    raise SystemExit(1)
                print("No problems were found.")
    except Refused as refused:
        if given.command == "verify":
            print(refused)
            raise SystemExit(1) from None
        raise SystemExit(str(refused)) from None
    except KeyboardInterrupt:
        raise SystemExit("Ended before it was done; nothing of it is left.") from None


def main() -> None:
    """Run the command given on the command line."""
    given = _arguments()
    try:
        access = Access(settings())
    except ValidationError as error:
        raise SystemExit(wrong_settings(error)) from None
    credentials = access.credentials
    match given.command, getattr(given, "action", None):
        case "link", _:
            print(access.link())
        case "sign-out", _:
            print(f"{credentials.revoke('browser')} browsers signed out")
        case "take-redis", _:
            from app.attachment import take_redis

            print(take_redis(settings()))
        case "backup" | "restore" | "verify", _:
            _backup(given)
        case "keys", "add":
            try:
                print(credentials.add("key", given.name, "read" if given.read_only else "full"))
            except Failure as failure:
                raise SystemExit(failure.detail) from None
        case "keys", "list":
            for grant in credentials.grants("key"):
                print(f"{grant.name}\t{grant.scope}\t{datetime.fromtimestamp(grant.created, UTC):%Y-%m-%d}")
        case "keys", "revoke":
            if not credentials.revoke("key", given.name):
                raise SystemExit(f"There is no key called {given.name}; see: lab keys list")
        case _:
            _serve(access)


if __name__ == "__main__":
    main()
