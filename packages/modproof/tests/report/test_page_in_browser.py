"""The script of the page in Chromium, where one is installed: the project does not install a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from modproof.core.results import RunResult
from modproof.report import page
from modproof.report.provenance import Provenance

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: apt-get install chromium")


def test_the_fragment_filters_the_results(failed_run: RunResult, about: Provenance, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page.render(failed_run, about), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
    ]
    address = f"{file.as_uri()}#?q=ckv_aws_158&severity=high&state=failed"
    done = subprocess.run([str(CHROMIUM), *options, address], capture_output=True, text=True, timeout=300, check=True)
    assert re.findall(r'<p id="shown" role="status">([^<]*)</p>', done.stdout) == ["2 of 47 results match"]
    findings = re.findall(r'<li class="item" id="finding-[^>]*>', done.stdout)
    assert ["hidden" in finding for finding in findings].count(False) == 2
    assert '<section id="stories" aria-labelledby="stories-title" data-holds="" hidden="">' in done.stdout
    assert '<form id="filter" role="search" aria-label="Results">' in done.stdout
