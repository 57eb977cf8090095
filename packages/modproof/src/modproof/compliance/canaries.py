"""Canaries: small configurations in which a rule must fail. They show that a scanner lost or broke a rule.

A canary is a Terraform file that begins with a comment for each scanner, such as ``# checkov: CKV_AWS_27 CKV_AWS_26``.
Each of these rules must fail for a resource or data source with a name that begins with ``fail``, and for none with a
name that begins with ``pass``. modproof ships canaries, and a project has its own in ``canaries`` next to its ledger.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.compliance.ledger import Ledger
from modproof.compliance.roots import Root
from modproof.compliance.rules import RuleBook
from modproof.compliance.scan_cache import rules_of, scans_of
from modproof.compliance.scanners import RootScan, Scanner
from modproof.core.documents import read_text
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.block_index import BlockIndex

__all__ = ["SHIPPED", "Canary", "Watched", "canaries", "watch"]

SHIPPED = Path(__file__).parent / "data" / "canaries"
_HEADER = re.compile(r"#\s*(?P<scanner>[\w-]+):(?P<rules>.*)")


@dataclass(frozen=True, slots=True)
class Canary:
    """A file, its name for messages, and the rules that must fail in it, as written, by scanner."""

    path: Path
    shown: str
    rules: Mapping[str, frozenset[str]]

    def has(self, scanner: str, rule: str, book: RuleBook) -> bool:
        """Whether the rule with the current id ``rule`` must fail in it."""
        return any(book.canonical(name) == rule for name in self.rules.get(scanner, ()))


@dataclass(frozen=True, slots=True)
class Watched:
    """The rules that do not behave as in their canary, and the rules without a canary, as scanner and id."""

    problems: tuple[Problem, ...] = ()
    without: tuple[tuple[str, str], ...] = ()


def canaries(project: Project) -> list[Canary]:
    """The project's own canaries and then the shipped ones. Raises ConfigurationError for an unreadable file."""
    own = project.ledger.parent / "canaries"
    found = [_canary(path, project.relative(path)) for path in sorted(own.glob("*.tf"))]
    return [*found, *(_canary(path, f"modproof's canary {path.name}") for path in sorted(SHIPPED.glob("*.tf")))]


def _canary(path: Path, shown: str) -> Canary:
    rules: dict[str, frozenset[str]] = {}
    for line in read_text(path, shown).splitlines():
        header = _HEADER.fullmatch(line)
        if header is None:
            break
        rules[header["scanner"]] = rules.get(header["scanner"], frozenset()) | {*re.split(r"[,\s]+", header["rules"])}
    return Canary(path, shown, {scanner: names - {""} for scanner, names in rules.items()})


def watch(
    project: Project, ledger: Ledger, scanners: Sequence[Scanner], only: Collection[int] | None = None
) -> Watched:
    """Run the canaries of every rule in force in the ledger, or of the entries ``only``, given by their indices.

    The first canary of a rule decides. An entry with an unknown rule is left out.
    Raises ModproofError if a scanner is missing or fails, and for an unreadable file.
    """
    known = canaries(project)
    problems: list[Problem] = []
    without: list[tuple[str, str]] = []
    named = {entry.scanner for index, entry in enumerate(ledger.entries) if only is None or index in only}
    for scanner in (each for each in scanners if each.name in named):
        book = rules_of(scanner)
        places = _places(ledger, only, scanner.name, book)
        chosen = {rule: next((one for one in known if one.has(scanner.name, rule, book)), None) for rule in places}
        without += [(scanner.name, rule) for rule, canary in chosen.items() if canary is None]
        used = [one for one in known if one in chosen.values()]
        scans = dict(zip((one.path for one in used), _scans(scanner, project, used), strict=True))
        for rule, canary in chosen.items():
            if canary is not None:
                problems += _judge(scanner.name, rule, canary, scans[canary.path], places[rule])
    return Watched(tuple(dict.fromkeys(problems)), tuple(without))


def _places(ledger: Ledger, only: Collection[int] | None, scanner: str, book: RuleBook) -> dict[str, Place]:
    """The first place of each rule of a scanner, by its current id."""
    places: dict[str, Place] = {}
    for index, entry in enumerate(ledger.entries):
        chosen = only is None or index in only
        if chosen and entry.scanner == scanner and book.find(entry.rule) is not None:
            places.setdefault(book.canonical(entry.rule), ledger.place("ignores", index, "rule"))
    return places


def _scans(scanner: Scanner, project: Project, used: Sequence[Canary]) -> Iterator[RootScan]:
    """The scan of each canary alone, with modproof's own rules."""
    settings = project.settings.model_copy(update={"sagemaker_rules": True})
    for folder in dict.fromkeys(one.path.parent for one in used):
        roots = [Root(".", (), (one.path,)) for one in used if one.path.parent == folder]
        yield from scans_of(scanner, Project(folder, settings), roots)


def _judge(scanner: str, rule: str, canary: Canary, scan: RootScan, place: Place) -> Iterator[Problem]:
    if scan.errors:
        yield Problem(f"{scanner} cannot read {canary.shown}: {scan.errors[0].message}", place, "correct the file")
        return
    blocks = BlockIndex(canary.path.parent)
    found = [blocks.at(one.file, one.line) for one in scan.findings if one.rule == rule]
    addresses = sorted({block.address for block in found if block is not None})
    if not any(".fail" in address for address in addresses):
        text = f"{rule} does not fail in {canary.shown}, so {scanner} may have lost or changed the rule"
        yield Problem(text, place, f"compare the release notes of {scanner} before you delete the entry")
    for address in addresses:
        if ".pass" in address:
            yield Problem(f"{rule} of {scanner} fails for {address} in {canary.shown}, which follows the rule", place)
