"""``mlpipe promote``."""


def command() -> int:
    """Promote."""
    return 0
