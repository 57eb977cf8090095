"""modproof's own rules for SageMaker, as custom checks of checkov: one file a rule.

checkov alone can run them too: ``--external-checks-dir`` with this folder. Each file is imported there under another
name, so it must not import another check.
"""

from __future__ import annotations
