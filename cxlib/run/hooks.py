"""Who hears of the end of a run: a command (on its standard input) and a web address (by POST) get the summary as JSON.

Secrets are never typed: `${NAME}` in an address or header stands for an environment variable. It is filled in when the
summary is sent, kernels do not inherit it, and what is said or written about the hook shows the reference.
A hook that fails changes nothing about the run; it is told and noted.
"""

from __future__ import annotations

import contextvars
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

from cxlib.errors import UsageError
from cxlib.language import _

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
PLAIN = re.compile(r"https?://[!-.0-~][!-~]*")  # as it is sent
ADDRESS = re.compile(r"https?://[^/\s]")
COMMAND_SECONDS, WEB_SECONDS = 300, 20


@dataclass(frozen=True)
class Hooks:
    """What was ordered: a command line, an address, a header ("Name: value"); "" where nothing was."""

    on_finish: str = ""
    webhook: str = ""
    header: str = ""

    def check(self) -> None:
        """Refuse, before anything runs, what could not be done at the end."""
        if self.webhook and not ADDRESS.match(self.webhook) and not REFERENCE.match(self.webhook):
            raise UsageError(
                "--webhook",
                _("'{url}' is not an address").format(url=self.webhook),
                _("An address begins with https:// or http://; secrets in it are written ${NAME}"),
            )
        if self.header and ":" not in self.header:
            raise UsageError(
                "--webhook-header",
                _("'{header}' is not a header").format(header=self.header),
                _("A header is 'Name: value', e.g. 'Authorization: Bearer ${CX_TOKEN}'"),
            )
        for name in self.secrets:
            if name not in os.environ:
                raise UsageError(
                    "--webhook",
                    _("the environment variable {name} is not set").format(name=name),
                    "",
                    _("Set it where the run is started"),
                )
        if self.webhook and not _is_address(_filled(self.webhook)):
            raise UsageError(
                "--webhook",
                _("with its secrets filled in, '{url}' is not an address").format(url=self.webhook),
                _("An address begins with https:// or http:// and holds letters, digits and signs of ASCII, no blanks"),
            )
        if not all(sign.isprintable() and sign.isascii() for sign in _filled(self.header)):
            raise UsageError(
                "--webhook-header",
                _("with its secrets filled in, '{header}' is not a header").format(header=self.header),
                _("A header holds letters, digits and signs of ASCII"),
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The environment variables that are referred to."""
        return tuple(dict.fromkeys(REFERENCE.findall(f"{self.webhook} {self.header}")))

    def send(self, summary: dict[str, Any]) -> dict[str, str]:
        """Tell everybody; hook → what went wrong with it, "" when nothing did."""
        said = json.dumps(summary, ensure_ascii=False)
        told = {}
        if self.on_finish:
            told["on-finish"] = self._hidden(_commanded(self.on_finish, said))
        if self.webhook:
            told["webhook"] = self._hidden(_posted(_filled(self.webhook), _filled(self.header), said))
        return told

    def _hidden(self, text: str) -> str:
        """The text with references in the place of what they stand for."""
        for name in self.secrets:
            if os.environ.get(name):
                text = text.replace(os.environ[name], f"${{{name}}}")
        return text


def _is_address(url: str) -> bool:
    """Whether a library could send to it."""
    from urllib.parse import urlsplit

    try:
        return bool(PLAIN.fullmatch(url) and urlsplit(url).hostname and urlsplit(url).port != 0)
    except ValueError:
        return False


def _filled(text: str) -> str:
    return REFERENCE.sub(lambda found: os.environ.get(found.group(1), ""), text)


def _commanded(command: str, said: str) -> str:
    """Run a command with the summary on its standard input; return what went wrong. It prints to standard error.

    A command that takes too long is killed with all that it has started.
    """
    try:
        process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, text=True, stdout=sys.stderr.fileno(), start_new_session=True
        )
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    try:
        process.communicate(said, timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        return _("no end in {n} seconds; it was stopped").format(n=COMMAND_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return _("it ended with {code}").format(code=process.returncode) if process.returncode else ""


def _posted(url: str, header: str, said: str) -> str:
    """POST the summary; return what went wrong.

    It waits in a thread, for a server may send a byte at a time, which no timeout of a socket ends.
    """
    heard: list[str] = []
    post = contextvars.copy_context().run
    thread = threading.Thread(target=post, args=(lambda: heard.append(_post(url, header, said)),), daemon=True)
    thread.start()
    thread.join(WEB_SECONDS)
    return heard[0] if heard else _("no answer in {n} seconds").format(n=WEB_SECONDS)


def _post(url: str, header: str, said: str) -> str:
    """POST the summary; a redirection is not followed, for it would carry secrets elsewhere."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stays(HTTPRedirectHandler):
        """Follows no redirection."""

        def redirect_request(self, *_given: Any) -> None:
            """No other request."""

    headers = {"Content-Type": "application/json", "User-Agent": "cx"}
    if header:
        name, _colon, value = header.partition(":")
        headers[name.strip()] = value.strip()
    try:
        with build_opener(Stays()).open(Request(url, said.encode(), headers, method="POST"), timeout=WEB_SECONDS):
            return ""
    except HTTPError as error:
        return _("it answered {code}").format(code=error.code)
    except Exception as error:  # whatever a library says: its words could quote the address, secrets and all
        reason = getattr(error, "reason", error)
        return f"{type(error).__name__}: {getattr(reason, 'strerror', None) or ''}".rstrip(": ")
