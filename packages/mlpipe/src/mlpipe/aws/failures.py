"""Errors of boto3 in one sentence."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

__all__ = ["AWS_ERRORS", "code_of", "in_words", "is_missing"]

AWS_ERRORS = (ClientError, BotoCoreError)

_MISSING = {"NoSuchKey", "NoSuchBucket", "404"}
_MISSING_ENDS = ("NotFound", "NotFoundException")
"""such as ResourceNotFound, FileSystemNotFound and InvalidNetworkInterfaceID.NotFound"""

_MISSING_WORDS = ("could not find", "not found", "does not exist", "can't find", "recordnotfound")


def code_of(error: Exception) -> str:
    """AWS's error code, or the class of an error that is not from AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def in_words(error: Exception) -> str:
    """The operation, code and message, on one line."""
    if isinstance(error, ClientError):
        message = error.response.get("Error", {}).get("Message", "")
        return " ".join(f"{error.operation_name}: {code_of(error)}: {message}".split())
    return " ".join(f"{code_of(error)}: {error}".split())


def is_missing(error: Exception) -> bool:
    """Whether the resource of the call does not exist. Older APIs of SageMaker show that only in the message."""
    message = error.response.get("Error", {}).get("Message", "").lower() if isinstance(error, ClientError) else ""
    code = code_of(error)
    return (
        code in _MISSING
        or code.endswith(_MISSING_ENDS)
        or (code == "ValidationException" and any(words in message for words in _MISSING_WORDS))
    )
