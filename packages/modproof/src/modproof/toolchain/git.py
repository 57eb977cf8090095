"""Reads a git checkout. Nothing is ever written into it."""

from __future__ import annotations

from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, ConfigurationError, ToolMissing
from modproof.toolchain.install import find

__all__ = ["Git"]

_TIMEOUT_SECONDS = 60.0


class Git:
    """git in ``folder``. ``otherwise`` says in hints what the user can do without git.

    Raises ToolMissing without git. Methods raise CommandFailed when git fails: a failure must not look like an empty
    answer.
    """

    def __init__(self, folder: Path, *, otherwise: str) -> None:
        found = find("git")
        if found is None:
            raise ToolMissing("git is needed to find what changed", hint=f"install git, or {otherwise}")
        self.folder = folder
        self._program = found.path
        self._otherwise = otherwise

    def output(
        self, *arguments: str, answers_no: bool = False, folder: Path | None = None, index: Path | None = None
    ) -> str:
        """The output of a command; empty for exit code 1 if that ``answers_no``.

        ``folder`` is another folder of the checkout to run it in. ``index`` is the index file to use.
        """
        environment = base_environment() | ({"GIT_INDEX_FILE": str(index)} if index else {})
        argv = [str(self._program), *arguments]
        done = process.run(argv, cwd=folder or self.folder, env=environment, timeout_seconds=_TIMEOUT_SECONDS)
        if done.returncode == 1 and answers_no:
            return ""
        if done.returncode != 0:
            raise CommandFailed(
                f"git {arguments[0]} failed with exit code {done.returncode}: {' '.join(done.stderr.split())}",
                hint=f"run inside a git checkout, or {self._otherwise}",
                path=self.folder,
            )
        return done.stdout

    def line(self, *arguments: str, answers_no: bool = False) -> str:
        """The only line of the output of a command."""
        return self.output(*arguments, answers_no=answers_no).removesuffix("\n")

    def commit(
        self, reference: str, *, hint: str = "fetch it (a shallow clone has only its own commit), or name another"
    ) -> str:
        """The commit that ``reference`` names. Raises ConfigurationError with ``hint`` if there is none."""
        # exit code 1 is the answer no; any other one but 0 is a failure
        wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"]
        found = self.line(*wanted, answers_no=True)
        if not found:
            raise ConfigurationError(f"there is no commit '{reference}' in {self.folder}", hint=hint)
        return found

    def top(self) -> Path:
        """The top folder of the checkout."""
        return Path(self.line("rev-parse", "--show-toplevel"))

    def export(self, commit: str, into: Path) -> None:
        """Write the files of ``commit`` into the empty folder ``into``, without submodules.

        Not ``git archive``, which leaves out files with the attribute ``export-ignore``.
        """
        into.mkdir(parents=True, exist_ok=True)
        index = into.with_name(f"{into.name}.index")
        top = self.top()
        self.output("read-tree", commit, folder=top, index=index)
        self.output("checkout-index", "--all", f"--prefix={into}/", folder=top, index=index)
