"""Artefacts in S3: checksums, and copies that are verified and never replace other content."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mlpipe.aws import AWS_ERRORS, Account, Changes, code_of, in_words, is_missing
from mlpipe.errors import ConfigurationError, Refused

__all__ = ["PART_BYTES", "Artifact", "copy", "inspect"]

PART_BYTES = 64 * 1024**2
"""the size of a part; S3 allows 10,000 parts, so that the largest artefact has 640 GB"""
_CHUNK_BYTES = 1024**2
_DENIED = {"AccessDenied", "AccessDeniedException", "403", "KMS.AccessDeniedException", "Forbidden"}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """An object in S3 and the SHA-256 of its content, as hexadecimal digits."""

    bucket: str
    key: str
    size: int
    etag: str
    sha256: str
    modified: datetime | None = None
    """None for a copy that is only shown"""

    @property
    def url(self) -> str:
        """The s3:// URL."""
        return f"s3://{self.bucket}/{self.key}"


def inspect(account: Account, url: str, progress: Progress | None = None) -> Artifact:
    """Read size and checksum of an object. Without a SHA-256 of the whole object in S3, its content is read.

    Raises Refused if the object does not exist, ConfigurationError if it cannot be read.
    """
    parts = urlsplit(url)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    if parts.scheme != "s3" or not key or key.endswith("/"):
        raise Refused(f"{url}: expected an artefact s3://BUCKET/KEY")
    try:
        found = _inspect(account, bucket, key, progress)
    except AWS_ERRORS as error:
        raise ConfigurationError(
            f"{url}: the artefact cannot be read as {account.caller}: {in_words(error)}"
        ) from error
    if found is None:
        raise Refused(f"{url}: there is no artefact")
    return found


def _inspect(account: Account, bucket: str, key: str, progress: Progress | None) -> Artifact | None:
    s3 = account.client("s3")
    try:
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except AWS_ERRORS as error:
        if is_missing(error):
            return None
        raise
    stored = head.get("ChecksumSHA256", "")
    whole = stored and "-" not in stored and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
    sha256 = base64.b64decode(stored).hex() if whole else _read(account, bucket, key, head["ETag"], progress)
    return Artifact(bucket, key, head["ContentLength"], head["ETag"].strip('"'), sha256, head["LastModified"])


def _read(account: Account, bucket: str, key: str, etag: str, progress: Progress | None) -> str:
    digest = hashlib.sha256()
    body = account.client("s3").get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
    for chunk in body.iter_chunks(_CHUNK_BYTES):
        digest.update(chunk)
        if progress:
            progress(len(chunk))
    return digest.hexdigest()


def copy(
    source: Account,
    artifact: Artifact,
    target: Account,
    url: str,
    changes: Changes,
    *,
    kms_key_arn: str | None,
    progress: Progress | None = None,
) -> Artifact:
    """Copy an artefact to ``url`` and verify the copy. An equal object there is kept; other content is never replaced.

    S3 copies where the target's role may read the source; otherwise the content is streamed as ``source``. Raises
    Refused if the object at ``url`` has other content, before or after the copy.
    """
    parts = urlsplit(url)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    existing = _checked(target, bucket, key, artifact, progress)
    if existing is not None:
        return existing
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_arn} if kms_key_arn else {}
    transfer = _Transfer(source, artifact, target, bucket, key, changes, encryption, progress)
    try:
        transfer.run()
    except AWS_ERRORS as error:
        if code_of(error) != "PreconditionFailed":  # another run was faster; the check below decides
            raise
    if not changes.act:
        return Artifact(bucket, key, artifact.size, "", artifact.sha256)
    made = _checked(target, bucket, key, artifact, progress)
    if made is None:
        raise Refused(f"{url}: the copy is not there")
    return made


def _checked(account: Account, bucket: str, key: str, expected: Artifact, progress: Progress | None) -> Artifact | None:
    try:
        found = _inspect(account, bucket, key, progress)
    except AWS_ERRORS as error:
        raise ConfigurationError(f"s3://{bucket}/{key}: {in_words(error)}") from error
    if found is not None and found.sha256 != expected.sha256:
        raise Refused(
            f"{found.url}: SHA-256 {found.sha256}, expected {expected.sha256} of {expected.url}; "
            "it is not replaced: find out who wrote it, and delete it"
        )
    return found


@dataclass(frozen=True, slots=True)
class _Transfer:
    """One copy, whole or in parts. Parts that an earlier run uploaded are used again."""

    source: Account
    artifact: Artifact
    target: Account
    bucket: str
    key: str
    changes: Changes
    encryption: Mapping[str, str]
    progress: Progress | None

    def run(self) -> None:
        try:
            self._run(server_side=True)
        except AWS_ERRORS as error:
            if code_of(error) not in _DENIED:
                raise
            self._run(server_side=False)

    def _run(self, *, server_side: bool) -> None:
        if self.artifact.size > PART_BYTES:
            self._in_parts(server_side=server_side)
        elif server_side:
            self._call("copy_object", CopySource=self._from, CopySourceIfMatch=self.artifact.etag, **self._new)
        else:
            body = self._content(0, self.artifact.size - 1) if self.changes.act else b""
            checksum = base64.b64encode(bytes.fromhex(self.artifact.sha256)).decode()
            self._call("put_object", Body=body, ChecksumSHA256=checksum, IfNoneMatch="*", **self.encryption)

    @property
    def _from(self) -> dict[str, str]:
        return {"Bucket": self.artifact.bucket, "Key": self.artifact.key}

    @property
    def _new(self) -> dict[str, str]:
        return {"ChecksumAlgorithm": "SHA256", "IfNoneMatch": "*", "MetadataDirective": "REPLACE", **self.encryption}

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.changes.call(self.target, "s3", operation, Bucket=self.bucket, Key=self.key, **parameters)

    def _content(self, first: int, last: int) -> bytes:
        ranged = {"Range": f"bytes={first}-{last}"} if self.artifact.size else {}
        body = self.source.client("s3").get_object(**self._from, IfMatch=self.artifact.etag, **ranged)["Body"]
        content: bytes = body.read()
        return content

    def _in_parts(self, *, server_side: bool) -> None:
        upload, present = self._resumed()
        if upload is None:
            made = self._call("create_multipart_upload", ChecksumAlgorithm="SHA256", **self.encryption)
            upload = made.get("UploadId", "<upload>")
        parts = []
        for number, first in enumerate(range(0, self.artifact.size, PART_BYTES), start=1):
            last = min(first + PART_BYTES, self.artifact.size) - 1
            part = present.get(number)
            if part is None or part["Size"] != last - first + 1:
                part = self._part(upload, number, first, last, server_side=server_side)
            parts.append(
                {"PartNumber": number, **{name: part[name] for name in ("ETag", "ChecksumSHA256") if part.get(name)}}
            )
            if self.progress:
                self.progress(last - first + 1)
        self._call("complete_multipart_upload", UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")

    def _resumed(self) -> tuple[str | None, dict[int, Mapping[str, Any]]]:
        """The newest unfinished upload of the key, and its parts. One that is older than the artefact has others."""
        s3 = self.target.client("s3")
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=self.key)
        uploads = [one for page in pages for one in page.get("Uploads", ()) if self._resumable(one)]
        if not uploads:
            return None, {}
        upload = max(uploads, key=lambda one: one["Initiated"])["UploadId"]
        listed = s3.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=self.key, UploadId=upload)
        parts = {
            part["PartNumber"]: part for page in listed for part in page.get("Parts", ()) if "ChecksumSHA256" in part
        }
        return upload, parts

    def _resumable(self, upload: Mapping[str, Any]) -> bool:
        modified = self.artifact.modified
        return upload["Key"] == self.key and (modified is None or upload["Initiated"] >= modified)

    def _part(self, upload: str, number: int, first: int, last: int, *, server_side: bool) -> Mapping[str, Any]:
        if server_side:
            answer = self._call(
                "upload_part_copy",
                UploadId=upload,
                PartNumber=number,
                CopySource=self._from,
                CopySourceRange=f"bytes={first}-{last}",
                CopySourceIfMatch=self.artifact.etag,
            )
            part: Mapping[str, Any] = answer.get("CopyPartResult", {})
        else:
            body = self._content(first, last) if self.changes.act else b""
            part = self._call("upload_part", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        return part
