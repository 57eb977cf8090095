"""Commands for maintainers (``python -m tools.NAME``), next to the Go modules of the tools that modproof builds."""
