"""``.checkov.yaml``: the scanned folders, offline, with every rule of the ledger skipped."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from modproof.compliance.ledger import Ledger
from modproof.compliance.scanners.config import ScannerConfig, yaml_list
from modproof.core.project import Project

__all__ = ["CHECKOV_CONFIG"]

# the options that the configuration file of checkov 3.3.30 accepts
_KEYS = frozenset(
    re.findall(
        r"[\w-]+",
        """
    add-check baseline bc-api-key block-list-secret-scan branch ca-certificate check compact create-baseline
    custom-tool-name deep-analysis directory docker-image dockerfile-path download-external-modules
    enable-secret-scan-all-files evaluate-variables external-checks-dir external-checks-git
    external-checks-public-key external-modules-download-path file framework hard-fail-on image
    include-all-checkov-policies list mask no-cert-verify no-fail-on-crash output output-baseline-as-skipped
    output-bc-ids output-file-path policy-metadata-filter policy-metadata-filter-exception prisma-api-url quiet
    repo-id repo-root-for-plan-enrichment run-all-external-checks scan-secrets-history secrets-history-timeout
    secrets-scan-file-type skip-check skip-cve-package skip-download skip-framework skip-path
    skip-resources-without-violations skip-results-upload soft-fail soft-fail-on summary-position support
    use-enforcement-rules var-file
    """,
    )
)


def _body(project: Project, ledger: Ledger) -> str:
    # The directory is the whole project, and other paths are skipped: with several directories, checkov 3.3.30 scans
    # the first and reports it again for each of the others.
    rules = {entry.rule: entry.description for entry in ledger.entries if entry.scanner == "checkov"}
    lines = ["compact: true", *yaml_list("directory", ["."]), "download-external-modules: false"]
    lines += [*yaml_list("framework", ["terraform"]), "quiet: true", *yaml_list("skip-check", sorted(rules), rules)]
    lines += ["skip-download: true", *yaml_list("skip-path", _other_paths(project.scan))]
    return "\n".join(lines) + "\n"


def _other_paths(scanned: list[str]) -> list[str]:
    """A pattern for every path that is neither inside a scanned folder nor a parent of one.

    checkov searches for it in absolute paths, so a checkout below a folder of the same name is scanned more, not less.
    The pattern has no ``|`` and no brackets: checkov also makes a pattern of its single characters, and warns.
    """
    paths: list[str] = []
    for folder in scanned:
        parts = [re.escape(part) for part in PurePosixPath(folder).parts]
        if not parts:
            return []
        paths += [f"/{'/'.join(parts[:count])}$" for count in range(1, len(parts))]
        paths.append(f"/{'/'.join(parts)}(?:/.*)?$")
    return ["'^" + "".join(f"(?!.*{path})" for path in dict.fromkeys(paths)) + "'"]


CHECKOV_CONFIG = ScannerConfig(
    scanner="checkov",
    path=".checkov.yaml",
    keys=_KEYS,
    unknown_key="checkov exits without scanning",
    other_files={".checkov.yml": "checkov also reads this file"},
    body=_body,
)
