"""Draw docs/verify.svg, the picture of a run in the README.

``python docs/picture/make.py`` runs ``modproof verify`` in a pseudo-terminal and draws its final screen.
``python docs/picture/make.py --report .modproof/report/report.json`` draws the summary of an earlier run.
The picture is written only if the run passed.
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

# not public, but the only way to draw without a font server; tests/report/test_picture.py checks it
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
    """The lines that a terminal shows after ``printed``, with colours.

    Supports the control codes of Rich: cursor up, clear line, colours. Rich clears each line before it rewrites it.
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
    """The output of ``argv`` on a terminal of ``width`` columns, and its exit code. Also prints the output."""
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
            except OSError:  # Linux reports a closed pseudo-terminal as an error
                break
            if not chunk:
                break
            printed += chunk
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        os.close(ours)
    return printed.decode("utf-8", "replace"), process.returncode


def picture(console: Console, title: str, description: str) -> str:
    """The recording of ``console`` as a self-contained SVG."""
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace("Fira Code, monospace", FONTS)
    template = template.replace("<svg ", f'<svg role="img" aria-label="{description}" ', 1)
    return console.export_svg(title=title, theme=THEME, code_format=template, unique_id="verify")


def recorder(width: int) -> Console:
    """A console that records its output in true colour."""
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
    parser.add_argument("--report", type=Path, help="draw the run of this report.json instead of running a command")
    parser.add_argument("--output", type=Path, default=PICTURE)
    parser.add_argument("--width", type=int, default=88, help="width in columns")
    parser.add_argument("command", nargs="*", help="command to run (default: modproof verify)")
    options = parser.parse_args()

    console = recorder(options.width)
    if options.report:
        result = report.read(options.report)
        report.terminal(result, console)
        title, exit_code = "modproof verify", result.exit_code
    else:
        command = options.command or ["modproof", "verify"]
        # finds the command in this Python environment even if it is not activated
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        program = shutil.which(command[0], path=path)
        if program is None:
            parser.error(f"{command[0]} was not found; install packages/modproof first")
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
