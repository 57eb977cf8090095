"""Images by digest: a tag can be moved after the approval."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlpipe.aws import AWS_ERRORS, Account, in_words, is_missing
from mlpipe.errors import ConfigurationError, Refused
from mlpipe.promotion.packages import Container

__all__ = ["Reference", "parse", "pinned"]

_ECR = re.compile(
    r"(?P<host>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.(?P<suffix>amazonaws\.com(?:\.cn)?))/"
    r"(?P<name>[a-z0-9._/-]+)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An image in ECR, pinned by digest."""

    account: str
    region: str
    suffix: str
    """the domain of the partition"""
    name: str
    """of the repository"""
    digest: str


def parse(image: str) -> Reference | None:
    """The parts of an image in ECR that is pinned by digest; None for any other."""
    match = _ECR.fullmatch(image)
    if match is None or not match["digest"]:
        return None
    return Reference(match["account"], match["region"], match["suffix"], match["name"], match["digest"])


def pinned(account: Account, version: str, container: Container) -> str:
    """The image of a container of ``version`` with its digest, which ECR confirms.

    Raises Refused if there is no digest for the image, or the approved digest is another one than the tag's;
    ConfigurationError if ECR cannot be read.
    """
    image = container.image
    match = _ECR.fullmatch(image)
    if match is None:
        if re.search(r"@sha256:[0-9a-f]{64}$", image):
            return image
        raise Refused(f"{version}: image {image} has only a tag, and is not in ECR; register it by digest")
    wanted = match["digest"] or container.image_digest
    current = _in_ecr(account, match, wanted)
    if wanted and current != wanted:
        raise Refused(f"{version}: image {image} was approved as {wanted}, but ECR has {current}")
    return f"{match['host']}/{match['name']}@{current}"


def _in_ecr(account: Account, match: re.Match[str], digest: str) -> str:
    """The digest of the tag, or of the digest itself if the image has no tag."""
    wanted = {"imageTag": match["tag"]} if match["tag"] else {"imageDigest": digest}
    if not any(wanted.values()):
        wanted = {"imageTag": "latest"}
    try:
        ecr = account.client("ecr", match["region"])
        (image,) = ecr.describe_images(registryId=match["account"], repositoryName=match["name"], imageIds=[wanted])[
            "imageDetails"
        ]
    except AWS_ERRORS as error:
        if is_missing(error):
            raise Refused(f"image {match[0]}: there is no such image: {in_words(error)}") from error
        raise ConfigurationError(f"image {match[0]}: its digest cannot be read: {in_words(error)}") from error
    return str(image["imageDigest"])
