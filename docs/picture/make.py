"""Makes docs/verify.svg, the picture of a run that the README shows, from a run that took place.

``python docs/picture/make.py`` runs ``modproof verify`` in a pseudo-terminal and draws the screen that it ends with.
``python docs/picture/make.py --report .modproof/report/report.json`` draws the summary of a run that ended before.
The picture is written only when all was proved.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

# not public, but the only way to a picture that asks no font server for a font; the test of this file guards it
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from modproof import report

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "verify.svg"
LINES = 60
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
THEME = TerminalTheme(
    background=(21, 26, 33),
    foreground=(222, 228, 235),
    normal=[
        (60, 70, 82), (255, 123, 123), (98, 208, 128), (235, 185, 79),
        (120, 174, 255), (206, 145, 240), (94, 205, 214), (222, 228, 235),
    ],
    bright=[
        (120, 132, 146), (255, 150, 147), (130, 224, 155), (245, 205, 120),
        (150, 195, 255), (222, 175, 250), (130, 222, 230), (255, 255, 255),
    ],
)  # fmt: skip

_TOKEN = re.compile(r"\x1b\[(?P<arguments>[0-?]*)(?P<final>[@-~])|(?P<newline>\r*\n)|(?P<text>[^\x1b\r\n]+)|[\x1b\r]")


def screen(printed: str) -> list[str]:
    """The lines that a terminal shows after ``printed``, colours included.

    Knows what Rich uses: going up a line, clearing a line, colours. Rich clears each line that it writes anew.
    """
    lines = [""]
    row = 0
    for token in _TOKEN.finditer(printed):
        final = token["final"]
        if token["newline"]:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif token["text"] or final == "m":
            lines[row] += token[0]
        elif final == "A":
            row = max(row - int(token["arguments"] or 1), 0)
        elif final == "K":
            lines[row] = ""
    while lines and not Text.from_ansi(lines[-1]).plain.strip():
        lines.pop()
    return lines


def record(argv: Sequence[str], width: int) -> tuple[str, int]:
    """What ``argv`` prints on a terminal of ``width`` columns, and its exit code. It is printed here as well."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        printed = bytearray()
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux says that the other side is closed by an error
                break
            if not chunk:
                break
            printed += chunk
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        os.close(ours)
    return printed.decode("utf-8", "replace"), process.returncode


def picture(console: Console, title: str, description: str) -> str:
    """What ``console`` recorded, as an SVG that needs nothing beside itself."""
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace("Fira Code, monospace", FONTS)
    template = template.replace("<svg ", f'<svg role="img" aria-label="{description}" ', 1)
    return console.export_svg(title=title, theme=THEME, code_format=template, unique_id="verify")


def recorder(width: int) -> Console:
    """A console that keeps what is printed on it, in all colours."""
    return Console(
        record=True,
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=Path, help="draw the run of this report.json; run nothing")
    parser.add_argument("--output", type=Path, default=PICTURE)
    parser.add_argument("--width", type=int, default=88, help="columns")
    parser.add_argument("command", nargs="*", help="what to run instead of modproof verify")
    options = parser.parse_args()

    console = recorder(options.width)
    if options.report:
        result = report.read(options.report)
        report.terminal(result, console)
        title, exit_code = "modproof verify", result.exit_code
    else:
        command = options.command or ["modproof", "verify"]
        # the environment that runs this script also holds the command, whether it is activated or not
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        program = shutil.which(command[0], path=path)
        if program is None:
            parser.error(f"{command[0]} is not there; install packages/modproof first")
        printed, exit_code = record([program, *command[1:]], options.width)
        title = " ".join(command)
        for line in screen(printed):
            console.print(Text.from_ansi(line), soft_wrap=True)
    if exit_code != 0:
        sys.stderr.write(f"no picture: the run ended with exit code {exit_code}\n")
        return exit_code
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(picture(console, title, f"A terminal after {title}"), encoding="utf-8")
    sys.stdout.write(f"{options.output}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
