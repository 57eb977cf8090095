"""Copies of images between registries, by digest: what is there is kept, and every digest is that of the source.

The operations of a push: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mlpipe.aws import AWS_ERRORS, Account, Changes, code_of, in_words
from mlpipe.errors import ConfigurationError, Refused
from mlpipe.promotion.images import Reference, parse

__all__ = ["copy"]

_MEDIA_TYPES = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
]
_MOST_DIGESTS = 100
"""https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html"""
_TIMEOUT_SECONDS = 60.0

Progress = Callable[[int], None]


def copy(
    source: Account,
    image: str,
    target: Account,
    repository: str,
    tag: str,
    changes: Changes,
    progress: Progress | None = None,
) -> str:
    """Copy ``image``, which is pinned by digest, to ``repository`` of ``target``. Returns the copy, pinned by digest.

    All images of a list are copied. Layers that are there are not copied again. Raises Refused if the image is not in
    ECR, ``tag`` is another image, or a content has another digest; ConfigurationError if ECR cannot be read.
    """
    found = parse(image)
    if found is None:
        raise Refused(f"image {image} is not in ECR: it cannot be copied to {repository}")
    work = _Copy(source, found, target, repository, changes, progress)
    try:
        if work.digest_of(tag) != found.digest:
            work.run(tag)
    except AWS_ERRORS as error:
        raise ConfigurationError(
            f"image {image} cannot be copied to {repository} of account {target.account_id}: {in_words(error)}"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise ConfigurationError(f"image {image}: a layer cannot be downloaded: {error!r}; run again") from error
    host = f"{target.account_id}.dkr.ecr.{target.region}.{found.suffix}"
    return f"{host}/{repository}@{found.digest}"


@dataclass(frozen=True, slots=True)
class _Copy:
    source: Account
    image: Reference
    target: Account
    repository: str
    changes: Changes
    progress: Progress | None

    def digest_of(self, tag: str) -> str | None:
        """The digest of a tag in the target; None if there is no such tag. Raises Refused if it is another image."""
        found = self._described({"imageTag": tag})
        if found not in (None, self.image.digest):
            raise Refused(
                f"{self.repository}:{tag} of account {self.target.account_id} is {found}, expected "
                f"{self.image.digest}; it is not replaced: find out who pushed it, and delete it"
            )
        return found

    def _described(self, image: Mapping[str, str]) -> str | None:
        """The digest of an image in the target; None if there is no such image."""
        try:
            answer = self.target.client("ecr").describe_images(repositoryName=self.repository, imageIds=[image])
        except AWS_ERRORS as error:
            if code_of(error) == "ImageNotFoundException":
                return None
            raise
        return str(answer["imageDetails"][0]["imageDigest"])

    def run(self, tag: str) -> None:
        """Copy the image with everything that it consists of, and tag it last."""
        self._manifest(self.image.digest, {"imageTag": tag})

    def _manifest(self, digest: str, tag: Mapping[str, str]) -> None:
        there = self._described({"imageDigest": digest}) is not None
        if there and not tag:
            return
        text, media_type = self._read(digest)
        if not there:
            self._content(json.loads(text))
        try:
            self._call("put_image", imageManifest=text, imageManifestMediaType=media_type, imageDigest=digest, **tag)
        except AWS_ERRORS as error:
            if code_of(error) != "ImageAlreadyExistsException":
                raise

    def _content(self, manifest: Mapping[str, Any]) -> None:
        """Copy the images of a list, or the layers of an image."""
        for one in manifest.get("manifests", ()):
            self._manifest(one["digest"], {})
        blobs = [manifest["config"]] if "config" in manifest else []
        # layers with URLs, of Windows, are not in the registry
        blobs += [one for one in manifest.get("layers", ()) if not one.get("urls")]
        for blob in self._missing(blobs):
            self._layer(blob)

    def _read(self, digest: str) -> tuple[str, str]:
        answer = self._registry.batch_get_image(
            **self._from, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=_MEDIA_TYPES
        )
        if not answer["images"]:
            failures = answer["failures"]
            raise Refused(
                f"image {self.image.name}@{digest}: {failures[0]['failureReason'] if failures else 'no image'}"
            )
        text: str = answer["images"][0]["imageManifest"]
        if _digest(text.encode()) != digest:
            raise Refused(f"image {self.image.name}@{digest}: its manifest has the digest {_digest(text.encode())}")
        media_type = answer["images"][0].get("imageManifestMediaType") or json.loads(text)["mediaType"]
        return text, media_type

    def _missing(self, blobs: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """The blobs that the target does not have, each once."""
        rest = iter({one["digest"]: one for one in blobs}.items())
        while some := dict(islice(rest, _MOST_DIGESTS)):
            answer = self.target.client("ecr").batch_check_layer_availability(
                repositoryName=self.repository, layerDigests=list(some)
            )
            there = {one["layerDigest"] for one in answer["layers"] if one["layerAvailability"] == "AVAILABLE"}
            yield from (blob for digest, blob in some.items() if digest not in there)

    def _layer(self, blob: Mapping[str, Any]) -> None:
        """Copy one layer in parts. ECR compares its digest when the upload ends."""
        digest = blob["digest"]
        started = self._call("initiate_layer_upload")
        upload = started.get("uploadId", "<upload>")
        first = 0
        for part in self._parts(digest, started["partSize"]) if self.changes.act else ():
            last = first + len(part) - 1
            self._call("upload_layer_part", uploadId=upload, partFirstByte=first, partLastByte=last, layerPartBlob=part)
            first = last + 1
            if self.progress:
                self.progress(len(part))
        try:
            self._call("complete_layer_upload", uploadId=upload, layerDigests=[digest])
        except AWS_ERRORS as error:
            if code_of(error) == "InvalidLayerException":
                raise Refused(
                    f"image {self.image.name}: layer {digest} has other content: {in_words(error)}"
                ) from error
            if code_of(error) != "LayerAlreadyExistsException":  # another run was faster
                raise

    def _parts(self, digest: str, size: int) -> Iterator[bytes]:
        url = self._registry.get_download_url_for_layer(**self._from, layerDigest=digest)["downloadUrl"]
        if not url.startswith(("https://", "http://")):
            raise ConfigurationError(f"layer {digest}: ECR's address is {url}, expected https")
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as body:  # noqa: S310 - checked above
            while part := body.read(size):
                yield part

    @property
    def _registry(self) -> Any:
        return self.source.client("ecr", self.image.region)

    @property
    def _from(self) -> dict[str, str]:
        return {"registryId": self.image.account, "repositoryName": self.image.name}

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.changes.call(self.target, "ecr", operation, repositoryName=self.repository, **parameters)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
