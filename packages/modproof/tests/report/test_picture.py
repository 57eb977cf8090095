from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from modproof.core.results import RunResult
from modproof.report import document
from modproof.report.provenance import Provenance


def texts(svg: Path) -> str:
    """All text of the picture, with normalised spaces."""
    root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))  # noqa: S314  our own file
    return re.sub(r"\s+", " ", " ".join(root.itertext()))


def run(picture: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["make.py", *map(str, arguments)])
    code: int = picture.main()
    return code


def test_picture_of_a_report_shows_its_summary(
    picture: ModuleType, passed_run: RunResult, about: Provenance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.json").write_text(document.render(passed_run, about), encoding="utf-8")
    svg = tmp_path / "docs" / "verify.svg"
    assert run(picture, monkeypatch, "--report", tmp_path / "report.json", "--output", svg) == 0
    assert "passed: 25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s" in texts(svg)
    assert "modproof verify" in texts(svg)
    source = svg.read_text(encoding="utf-8")
    assert 'role="img" aria-label="A terminal after modproof verify"' in source
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\"\s]*", source) == ["https://www.textualize.io"]
    assert "@font-face" not in source


def test_picture_of_a_command_shows_its_final_screen(
    picture: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program.py"
    program.write_text("print('first'); print('gone', end='\\r\\x1b[2K'); print('\\x1b[1;32mlast\\x1b[0m')")
    svg = tmp_path / "verify.svg"
    assert run(picture, monkeypatch, "--output", svg, "--", "python", program) == 0
    assert "first" in texts(svg)
    assert "last" in texts(svg)
    assert "gone" not in texts(svg)


def test_picture_is_not_written_for_a_failed_run(
    picture: ModuleType,
    failed_run: RunResult,
    about: Provenance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "report.json").write_text(document.render(failed_run, about), encoding="utf-8")
    svg = tmp_path / "verify.svg"
    assert run(picture, monkeypatch, "--report", tmp_path / "report.json", "--output", svg) == 1
    assert not svg.exists()
    assert capsys.readouterr().err == "no picture: the run ended with exit code 1\n"


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\r\nb\r\x1b[2K\x1b[1A\x1b[2Kc\r\n", ["c"]),
        ("\x1b[?25la\r\n\x1b[?25h", ["a"]),
        ("\x1b[1ma\x1b[0m", ["\x1b[1ma\x1b[0m"]),
        ("\x1b[9Aa", ["a"]),
        ("a\r\n\r\n\x1b[0m  \r\n", ["a"]),
    ],
)
def test_screen_interprets_the_control_codes_of_rich(picture: ModuleType, printed: str, lines: list[str]) -> None:
    assert picture.screen(printed) == lines
