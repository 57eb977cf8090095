"""The command `localstack-sagemaker`."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import re
import sys
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from ..garbage import keep_loaded
from ..others import Detached, Others
from .app import Application
from .remote import Remote, listens

__all__ = ["main"]

LOG = logging.getLogger("localstack_sagemaker.serve")

_PORT = 4567
_LAST_PORT = 65535


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # small responses would wait for the client's acknowledgement
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only with --verbose."""
        LOG.debug("%s %s", getattr(self, "requestline", ""), code)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise argparse.ArgumentTypeError(f"{text!r} is not the URL of a server; use the form http://127.0.0.1:4566")
    if any(mark in f"{parts.hostname}." for mark in ("amazonaws.", "api.aws", "amazonwebservices.")):
        raise argparse.ArgumentTypeError(f"{text} is AWS itself; use the URL of an emulator")
    return text.rstrip("/")


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an account of 12 digits")
    return text


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address") from None


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to {_LAST_PORT}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localstack-sagemaker", description="SageMaker, emulated.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve SageMaker without LocalStack")
    serve.add_argument("--host", type=_host, default="127.0.0.1", help="the IP address to listen on")
    serve.add_argument("--port", type=_port, default=_PORT, help="0 chooses a free one")
    serve.add_argument(
        "--services-endpoint",
        type=_address,
        metavar="URL",
        help="the emulator that has IAM, S3 and the rest, and gets all other requests; default: none",
    )
    serve.add_argument("--account", type=_account, default="000000000000", help="the account of an unknown access key")
    serve.add_argument("--verbose", action="store_true", help="log each request")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted. Prints the address once it listens; exits with 2 if it cannot."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    if options.verbose:  # not botocore's loggers, which write headers and bodies
        logging.getLogger("localstack_sagemaker").setLevel(logging.DEBUG)
    host: Others = Remote(options.services_endpoint) if options.services_endpoint else Detached()
    application = Application(host, options.services_endpoint, options.account)
    try:
        server = make_server(options.host, options.port, application, threaded=True, request_handler=_Handler)
    except (OSError, SystemExit) as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error}\n")
        return 2
    keep_loaded()
    if options.services_endpoint and not listens(options.services_endpoint):
        sys.stderr.write(
            f"{options.services_endpoint} does not answer: requests that need another service fail until it does\n"
        )
    host_part = f"[{options.host}]" if ":" in options.host else options.host
    sys.stdout.write(f"http://{host_part}:{server.server_port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
