"""Layers of images in ECR, which moto does not have: upload, download, and what an image needs before it is put.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html and the operations of an
upload.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localstack.aws.api import RequestContext
from localstack.http import Request, Response
from localstack.services.moto import call_moto

from .. import errors
from ..remembered import Remembered
from ..written_json import written_json

__all__ = ["OPERATIONS", "LayerDownload"]

_PART_BYTES = 10 * 1024**2
_MOST_UPLOADS = 256
_UPLOAD_SECONDS = 3600.0
"""An upload that is not complete by then is forgotten. AWS documents no time."""
_ADDRESS = "/_localstack/sagemaker/layers"

Handler = Callable[[RequestContext, Any], Mapping[str, Any]]


@dataclass
class _Upload:
    repository: Any
    content: bytearray = field(default_factory=bytearray)


_guard = threading.Lock()
_uploads: Remembered[_Upload] = Remembered(_MOST_UPLOADS)


def _found(account: str, region: str, name: str) -> Any:
    """Moto's repository, or None."""
    from moto.ecr.models import ecr_backends

    return ecr_backends[account][region].repositories.get(name)


def _repository(context: RequestContext, request: Mapping[str, Any]) -> Any:
    """The repository of a request, by name; moto has no access to other accounts."""
    repository = _found(context.account_id, context.region, request["repositoryName"])
    if repository is None:
        raise errors.failure(
            "RepositoryNotFoundException",
            f"The repository with name '{request['repositoryName']}' does not exist in the registry with id "
            f"'{context.account_id}'",
        )
    return repository


def _layers_of(repository: Any) -> dict[str, bytes]:
    """The layers of a repository, by digest. They are deleted with it."""
    layers: dict[str, bytes] = vars(repository).setdefault("_layers", {})
    return layers


def _upload(repository: Any, request: Mapping[str, Any]) -> _Upload:
    upload = _uploads.get(request["uploadId"])
    if upload is None or upload.repository is not repository:
        raise errors.failure("UploadNotFoundException", f"The upload with id '{request['uploadId']}' does not exist")
    return upload


def _check(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = _layers_of(_repository(context, request))
    layers = [
        {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": len(stored[digest])}
        for digest in request["layerDigests"]
        if digest in stored
    ]
    failures = [
        {"layerDigest": digest, "failureCode": "MissingLayerDigest", "failureReason": "the layer does not exist"}
        for digest in request["layerDigests"]
        if digest not in stored
    ]
    return {"layers": layers, "failures": failures}


def _initiate(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    upload = str(uuid.uuid4())
    _uploads.put(upload, _Upload(_repository(context, request)), _UPLOAD_SECONDS)
    return {"uploadId": upload, "partSize": _PART_BYTES}


def _upload_part(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    repository = _repository(context, request)
    first, last, blob = request["partFirstByte"], request["partLastByte"], request["layerPartBlob"]
    with _guard:
        content = _upload(repository, request).content
        if first != len(content) or last - first + 1 != len(blob):
            raise errors.failure(
                "InvalidLayerPartException",
                f"The layer part is not valid: it has bytes {first} to {last}, {len(content)} bytes were received",
            )
        content += blob
    return {
        "registryId": context.account_id,
        "repositoryName": request["repositoryName"],
        "uploadId": request["uploadId"],
        "lastByteReceived": last,
    }


def _complete(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    repository = _repository(context, request)
    with _guard:
        content = bytes(_upload(repository, request).content)
        if not content:
            raise errors.failure("EmptyUploadException", "The upload does not contain any layer parts")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if digest not in request["layerDigests"]:
            raise errors.failure("InvalidLayerException", f"Layer digest is {digest}, and not one of the request's")
        _uploads.forget(request["uploadId"])
        stored = _layers_of(repository)
        if digest in stored:
            raise errors.failure("LayerAlreadyExistsException", f"The layer with digest '{digest}' already exists")
        stored[digest] = content
    return {
        "registryId": context.account_id,
        "repositoryName": request["repositoryName"],
        "uploadId": request["uploadId"],
        "layerDigest": digest,
    }


def _download_url(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    digest = request["layerDigest"]
    if digest not in _layers_of(_repository(context, request)):
        raise errors.failure("LayersNotFoundException", f"The layer with digest '{digest}' does not exist")
    place = f"{context.account_id}/{context.region}/{digest}/{request['repositoryName']}"
    url = f"{context.request.host_url.rstrip('/')}{_ADDRESS}/{place}"
    return {"downloadUrl": url, "layerDigest": digest}


def _put_image(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse an image with missing layers, or a list with missing images; moto does the rest.

    The layers of an image without any are not checked: its manifest may be made up.
    """
    repository = _repository(context, request)
    try:
        manifest = written_json(request["imageManifest"])
    except ValueError:
        manifest = {}
    layers = manifest.get("layers") or []
    needed = [one["digest"] for one in (*layers, manifest["config"])] if layers else []
    stored = _layers_of(repository)
    if missing := [digest for digest in needed if digest not in stored]:
        raise errors.failure("LayersNotFoundException", f"Layers with digests '{missing}' required for pushing image")
    known = {image.get_image_digest() for image in repository.images}
    if missing := [one["digest"] for one in manifest.get("manifests") or [] if one["digest"] not in known]:
        raise errors.failure(
            "ReferencedImagesNotFoundException", f"The referenced images '{missing}' could not be found"
        )
    return call_moto(context)


class LayerDownload:
    """The address of a layer; AWS has a pre-signed one in S3."""

    path = f"{_ADDRESS}/<account>/<region>/<digest>/<path:name>"

    def on_get(self, request: Request, account: str, region: str, digest: str, name: str) -> Response:
        """Return the content of the layer."""
        repository = _found(account, region, name)
        content = _layers_of(repository).get(digest) if repository is not None else None
        return Response(status=404) if content is None else Response(content, 200)


OPERATIONS: dict[str, Handler] = {
    "BatchCheckLayerAvailability": _check,
    "CompleteLayerUpload": _complete,
    "GetDownloadUrlForLayer": _download_url,
    "InitiateLayerUpload": _initiate,
    "PutImage": _put_image,
    "UploadLayerPart": _upload_part,
}
