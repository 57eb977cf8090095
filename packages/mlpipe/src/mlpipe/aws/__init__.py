"""AWS: accounts with their guard, calls that change something, and errors in one sentence."""

from mlpipe.aws.accounts import Account, connect
from mlpipe.aws.changes import AuditLog, Changes, Failure
from mlpipe.aws.failures import AWS_ERRORS, code_of, in_words, is_missing

__all__ = ["AWS_ERRORS", "Account", "AuditLog", "Changes", "Failure", "code_of", "connect", "in_words", "is_missing"]
