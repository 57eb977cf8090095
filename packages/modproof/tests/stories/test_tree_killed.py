"""A run that is ended in the middle of ``terragrunt run --all apply``, with the real programs and a provider."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modproof import stories

from ..conftest import eventually, git

UNIT = """\
remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }

  config = {
    bucket = "states-${get_aws_account_id()}"
    key    = "terraform.tfstate"
    region = "eu-west-1"
  }
}

terraform {
  source = "git::https://example.com/team/repository.git//modules/slow?ref=v1.2.3"
}
"""

# the provider is running while the program waits
MODULE = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_sns_topic" "this" {
  name = "slow"

  provisioner "local-exec" {
    command = "echo $$ >STARTED; sleep 300"
  }
}
"""


def programs(scratch: Path) -> Iterator[str]:
    """The command lines of all programs that have the folder in their environment or arguments."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                arguments = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
                if str(scratch) in arguments + (process / "environ").read_text(errors="replace"):
                    yield arguments
            except OSError:
                continue


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder with a short path: providers have sockets in it."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["apply", "story"], signal.SIGINT),
        (["verify", "--without", "plans", "--without", "compliance"], signal.SIGTERM),
        (["upgrade", "story"], signal.SIGKILL),
    ],
    ids=["apply-Ctrl-C", "verify-SIGTERM", "upgrade-killed"],
)
def test_a_run_that_ends_during_the_apply_of_a_tree_leaves_no_program_and_no_folder(
    make_story: Callable[[dict[str, str]], stories.Story],
    tmp_path: Path,
    scratch: Path,
    command: list[str],
    number: signal.Signals,
) -> None:
    started = tmp_path / "started"
    make_story(
        {
            "pyproject.toml": "[tool.modproof]\n",
            "modules/slow/main.tf": MODULE.replace("STARTED", str(started)),
            "live/slow/terragrunt.hcl": UNIT,
            "story.yaml": 'terragrunt: live\naccount: "123123123123"\n',
        }
    )
    root = tmp_path / "project"
    if command[0] == "upgrade":
        git(root, "init", "--quiet")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message=release")
        git(root, "tag", "v1.2.3")
        (root / "modules/slow/outputs.tf").write_text("locals {}\n")
    run = subprocess.Popen(
        [sys.executable, "-m", "modproof", *command],
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert eventually(lambda: started.exists() or run.poll() is not None, 120)
        running = " ".join(programs(scratch))
        assert run.poll() is None, run.communicate()[0]
        for program in ("terragrunt run", "terraform", "terraform-provider-aws", "localstack", "sleep 300"):
            assert program in running
        os.kill(run.pid, number)
        run.communicate(timeout=60)
        assert run.returncode == (-number if number == signal.SIGKILL else 2)
        assert eventually(lambda: not list(programs(scratch)), 15), list(programs(scratch))
        assert eventually(lambda: not list(scratch.iterdir())), list(scratch.iterdir())
    finally:
        run.kill()
