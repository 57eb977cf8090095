"""Upgrades Terragrunt trees on the emulator: applied at the release, planned from the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from modproof import toolchain
from modproof.core.results import ExampleUpgrade, ResourceUpgrade
from modproof.run.services import Services
from modproof.run.sides import Side
from modproof.stories import TreeStory
from modproof.terraform.addresses import Address
from modproof.upgrades.resources import is_protected, upgraded

if TYPE_CHECKING:
    from modproof.stories.tree_upgrading import UnitUpgrade

__all__ = ["upgrade_tree"]


def upgrade_tree(services: Services, old: TreeStory, new: TreeStory, release: Side, project: Side) -> ExampleUpgrade:
    """The upgrade of the tree of ``old`` in ``release`` to that of ``new``. Raises ToolMissing and EmulatorError."""
    # needs the integration extra
    from modproof.stories.tree_upgrading import plan_tree_upgrade

    terragrunt = toolchain.ensure("terragrunt", services.progress)
    accounts = old.accounts | new.accounts
    with services.emulators.with_accounts(accounts) as emulator, services.progress.task(f"upgrade {new.id}") as task:
        found = plan_tree_upgrade(
            old,
            new,
            release=release.project,
            project=project.project,
            checkouts=(release.checkout, project.checkout),
            terragrunt=terragrunt,
            terraform=services.terraform(),
            emulator=emulator,
            task=task,
            step_seconds=services.step_seconds,
        )
    resources = [each for unit in found.units for each in _resources(unit, release, project)]
    return ExampleUpgrade(new.id, tuple(resources), found.problems, found.errors, place=new.place)


def _resources(unit: UnitUpgrade, release: Side, project: Side) -> Iterator[ResourceUpgrade]:
    """What the upgrade does to each resource of a unit, with the place of those that are lost."""
    protected = project.project.settings.protected
    of_release, of_project = unit.modules
    planned = [] if unit.plan is None else upgraded(unit.plan, protected)
    kept = {each.moved_from or each.address for each in planned if each.action != "created"}
    for each in planned:
        place = None
        if each.action == "destroyed" and of_release is not None:
            place = release.place_of(each.moved_from or each.address, of_release)
        elif each.action == "replaced" and of_project is not None:
            place = project.place_of(each.address, of_project)
        yield replace(each, unit=unit.name, place=place)
    for address in unit.state:
        if address not in kept:
            # a plan without changes lists no resources
            action = "orphaned" if unit.is_removed or unit.plan is not None else "unchanged"
            kind = Address.parse(address).type
            place = unit.place if action == "orphaned" else None
            yield ResourceUpgrade(address, action, unit=unit.name, protected=is_protected(kind, protected), place=place)
