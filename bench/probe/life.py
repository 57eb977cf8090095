"""The lifecycle of one root: create, plan, update in place, plan, import elsewhere, destroy, check deletion.

Each step continues from the step before. A resource that breaks a plan is removed from the configuration and the state
with its dependents, and the others continue.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.probe.fixtures import Fixture, import_blocks, type_of
from modproof import toolchain
from modproof.core.errors import CommandFailed
from modproof.terraform.changes import Change, changes
from modproof.terraform.runner import Diagnostic
from modproof.terraform.watched import WatchedTerraform

__all__ = ["NO_IMPORT", "Lived", "Seen", "ignored", "live"]

NO_IMPORT = "doesn't support import"
"""The provider's error for a resource that cannot be imported."""

_PLAN = "probe.tfplan"
_IGNORED = re.compile(r"^\s*ignore_changes\s*=\s*\[([^]]*)\]", re.MULTILINE)


@dataclass(slots=True)
class Seen:
    """Observations of one resource; fields are empty if nothing is wrong.

    ``errors`` is by step. ``lost`` has, by step, the failed dependency that removed the resource. ``tagged`` is true if
    the resource type has tags. ``read`` has the attributes listed as unread that an import did read.
    """

    errors: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    drift: list[Change] = field(default_factory=list)
    update: Change | None = None
    drift_after_update: list[Change] = field(default_factory=list)
    on_import: list[Change] = field(default_factory=list)
    imported: bool = False
    created: bool = False
    tagged: bool = False
    read: list[str] = field(default_factory=list)
    remains: bool = False


@dataclass(frozen=True, slots=True)
class Lived:
    """Observations of every resource of a fixture, by address."""

    fixture: Fixture
    seen: Mapping[str, Seen]
    provider: str
    """The AWS provider's version."""


@dataclass(slots=True)
class _Life:
    fixture: Fixture
    folder: Path
    root: Path
    account: str
    make: Callable[[Path], WatchedTerraform]
    unread: Mapping[str, Sequence[str]]
    seen: dict[str, Seen]

    def run(self) -> None:
        whole = self.fixture
        main = self._started("main")
        self._created(main)
        for change in self._planned(main, step=1, name="empty_plan"):
            self.seen[change.address].drift.append(change)
        self._updated(main)
        before = main.run("state", "pull").stdout
        self._imported(_states(before))
        self.fixture = whole
        self._destroyed(main)
        self._gone(before)

    def _started(self, name: str, fixture: Fixture | None = None) -> WatchedTerraform:
        terraform = self.make(self.folder / name)
        (fixture or self.fixture).write(terraform.folder)
        with toolchain.initialising(self.root):
            errors = terraform.initialise()
        if errors:
            raise CommandFailed(f"{self.fixture.name}: terraform init: {errors[0].text}")
        return terraform

    def _variables(self, step: int) -> list[str]:
        return [f"-var=account={self.account}", f"-var=step={step}"]

    def _created(self, main: WatchedTerraform) -> None:
        for address, text in self._blamed(main.apply_all(arguments=self._variables(1))):
            self.seen[address].errors["create"] = text
        for address, state in _states(main.run("state", "pull").stdout).items():
            self.seen[address].created = bool(state)
            self.seen[address].tagged = "tags" in state
        self._drop(main, {address for address, seen in self.seen.items() if seen.errors}, "create")
        self._drop(main, {address for address in self.fixture.blocks if not self.seen[address].created}, "create")

    def _planned(self, terraform: WatchedTerraform, *, step: int, name: str) -> list[Change]:
        """Plan until no resource breaks the plan; failing ones are removed, with the error under ``name``."""
        while True:
            run = terraform.plan_to(terraform.folder / _PLAN, arguments=self._variables(step))
            if not run.errors:
                return changes(terraform.show_plan(terraform.folder / _PLAN)) if run.changes else []
            self._take_out(terraform, run.errors, name)

    def _take_out(self, terraform: WatchedTerraform, errors: Iterable[Diagnostic], name: str) -> None:
        blamed = dict(self._blamed(errors))
        if not set(blamed) & set(self.fixture.blocks):
            raise CommandFailed(f"{self.fixture.name}: without {', '.join(blamed)}, still {' '.join(blamed.values())}")
        for address, text in blamed.items():
            self.seen[address].errors[name] = text
        self._drop(terraform, set(blamed), name)

    def _drop(self, terraform: WatchedTerraform, failed: set[str], step: str) -> None:
        """Continue without ``failed`` and its dependents, which stay in the emulator."""
        kept = self.fixture.without(failed)
        dropped = set(self.fixture.blocks) - set(kept.blocks)
        for address in dropped - failed:
            self.seen[address].lost[step] = ", ".join(sorted(failed))
        if not dropped:
            return
        self.fixture = kept
        kept.write(terraform.folder)
        known = [address for address in dropped if address in _states(terraform.run("state", "pull").stdout)]
        if known:
            terraform.execute_command("state", "rm", *known)

    def _updated(self, main: WatchedTerraform) -> None:
        planned = self._planned(main, step=2, name="update")
        for change in planned:
            self.seen[change.address].update = change
        if planned:
            for address, text in self._blamed(main.apply_plan(main.folder / _PLAN)):
                self.seen[address].errors["update"] = text
        for change in self._planned(main, step=2, name="update"):
            self.seen[change.address].drift_after_update.append(change)

    def _imported(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Plan the import of everything into an empty state: the plan already imports, reads and compares.

        Nothing is applied: that would only write the state, or change the resources under test.
        """
        kept = self.fixture
        other = self._started("imported")
        while self.fixture.blocks:
            wanted = {address: states[address] for address in self.fixture.blocks}
            (other.folder / "imports.tf.json").write_text(import_blocks(wanted), encoding="utf-8")
            names = ignored(self.fixture.blocks, self.unread)
            (other.folder / "unread_override.tf.json").write_text(_ignoring(names), encoding="utf-8")
            run = other.plan_to(other.folder / _PLAN, arguments=self._variables(2))
            if not run.errors:
                break
            self._take_out(other, run.errors, "import")
        if self.fixture.blocks:
            self._compared(other.show_plan(other.folder / _PLAN), states)
        self.fixture = kept

    def _compared(self, plan: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> None:
        """Evaluate an import plan: the provider's result is the ``before`` of each change."""
        for resource in plan["resource_changes"]:
            address, change = resource["address"], resource["change"]
            self.seen[address].imported = bool(change.get("importing"))
            for path in self.unread.get(type_of(address), ()):
                if (value := _at(states[address], path)) and _at(change["before"], path) == value:
                    self.seen[address].read.append(path)
        for change in changes(plan):
            self.seen[change.address].on_import.append(change)

    def _destroyed(self, main: WatchedTerraform) -> None:
        errors = main.destroy_all(arguments=self._variables(2))
        if errors:  # destroy errors have no address: Terraform has no configuration for what it destroys
            text = "; ".join(error.text for error in errors)
            for address in _states(main.run("state", "pull").stdout):
                self.seen[address].errors["destroy"] = text

    def _gone(self, before: str) -> None:
        """Refresh everything that existed: what the provider still finds remains."""
        states = _states(before)
        shutil.rmtree(self.folder / "imported", ignore_errors=True)
        last = self._started("last", self.fixture.without(set(self.fixture.blocks) - set(states)))
        (last.folder / "terraform.tfstate").write_text(before, encoding="utf-8")
        run = last.plan_to(last.folder / _PLAN, arguments=["-refresh-only", *self._variables(2)])
        if run.errors:
            for address, text in self._blamed(run.errors):
                self.seen[address].errors.setdefault("destroy", text)
        drift = last.show_plan(last.folder / _PLAN).get("resource_drift", []) if run.changes else []
        gone = {resource["address"] for resource in drift if resource["change"]["actions"] == ["delete"]}
        for address in states:
            self.seen[address].remains = address not in gone

    def _blamed(self, errors: Iterable[Diagnostic]) -> list[tuple[str, str]]:
        """Return each error with its resource. Raises CommandFailed for an error without a resource."""
        found = []
        for error in errors:
            owners = _owners(error, self.seen)
            if not owners:
                raise CommandFailed(f"{self.fixture.name}: {error.text}")
            found += [(address, error.text) for address in owners]
        return found


def _owners(error: Diagnostic, addresses: Iterable[str]) -> list[str]:
    """Return the resource that an error names by address, file or text, or all resources of a named type."""
    stem = Path(error.filename or "").name.removesuffix(".tf")
    words = set(re.findall(r"[\w.]+", error.text))
    named = [address for address in addresses if address in (error.address, stem)]
    named = named or [address for address in addresses if address in words]
    return named[:1] or [address for address in addresses if type_of(address) in words]


def _states(pulled: str) -> dict[str, dict[str, Any]]:
    """Return the attributes of the managed resources in a state, by address; empty for a tainted one."""
    return {
        f"{resource['type']}.{resource['name']}": {}
        if instance.get("status") == "tainted"
        else dict(instance["attributes"])
        for resource in json.loads(pulled or "{}").get("resources", ())
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    }


def _provider(lock_file: Path) -> str:
    match = re.search(r'^  version\s*= "([^"]+)"', lock_file.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else "of no known version"


def _at(state: Any, path: str) -> Any:
    """Return the value at a path such as ``ui_template[0].content``, or None if it does not exist."""
    for word in re.findall(r"\w+", path):
        try:
            state = state[int(word)] if word.isdigit() else state[word]
        except (LookupError, TypeError):
            return None
    return state


def ignored(blocks: Mapping[str, str], unread: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the attributes that an import ignores, by resource address.

    They include those of the configuration: an override file replaces its ``ignore_changes``.
    """
    found = {}
    for address, text in blocks.items():
        own = _IGNORED.search(text)
        names = [*unread.get(type_of(address), ()), *(re.findall(r"[\w.]+", own[1]) if own else ())]
        if names:
            found[address] = names
    return found


def _ignoring(names: Mapping[str, Sequence[str]]) -> str:
    """Return an override file in Terraform's JSON syntax that ignores attributes, by resource address."""
    resources: dict[str, dict[str, Any]] = {}
    for address, ignored in names.items():
        of_type, _, name = address.partition(".")
        resources.setdefault(of_type, {})[name] = {"lifecycle": {"ignore_changes": list(ignored)}}
    return json.dumps({"resource": resources} if resources else {}, indent=1)


def live(
    fixture: Fixture,
    *,
    folder: Path,
    root: Path,
    account: str,
    make: Callable[[Path], WatchedTerraform],
    unread: Mapping[str, Sequence[str]],
) -> Lived:
    """Take ``fixture`` through its lifecycle in ``account``, below ``folder``; ``make`` returns Terraform for a folder.

    ``unread`` has, by resource type, the attributes that the provider never reads and an import therefore ignores.
    Raises CommandFailed for an error without a resource, and the errors of ``make``'s Terraform.
    """
    seen = {address: Seen() for address in fixture.blocks}
    _Life(fixture, folder, root, account, make, unread, seen).run()
    return Lived(fixture, seen, _provider(folder / "main" / ".terraform.lock.hcl"))
