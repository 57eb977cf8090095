"""Layers of images in ECR, which moto does not have: upload, download, and what an image needs before it is put.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html and the operations beside it.
Layers are kept in memory until the server ends.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localstack.aws.api import RequestContext
from localstack.http import Request, Response
from localstack.services.moto import call_moto

from . import errors

__all__ = ["OPERATIONS", "LayerDownload"]

_PART_BYTES = 10 * 1024**2
_ADDRESS = "/_localstack/sagemaker/layers"

Handler = Callable[[RequestContext, Any], Mapping[str, Any]]
_Repository = tuple[str, str, str]
"""account, region and name"""


@dataclass
class _Upload:
    repository: _Repository
    content: bytearray = field(default_factory=bytearray)


class _Layers:
    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.stored: dict[_Repository, dict[str, bytes]] = {}
        self.uploads: dict[str, _Upload] = {}


_layers = _Layers()


def _repository(context: RequestContext, request: Mapping[str, Any]) -> _Repository:
    """The repository of a request, by name; moto has no access to other accounts."""
    from moto.ecr.models import ecr_backends

    name = request["repositoryName"]
    if name not in ecr_backends[context.account_id][context.region].repositories:
        raise errors.failure(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{context.account_id}'",
        )
    return context.account_id, context.region, name


def _upload(repository: _Repository, request: Mapping[str, Any]) -> _Upload:
    upload = _layers.uploads.get(request["uploadId"])
    if upload is None or upload.repository != repository:
        raise errors.failure("UploadNotFoundException", f"The upload with id '{request['uploadId']}' does not exist")
    return upload


def _check(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = _layers.stored.get(_repository(context, request), {})
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
    _layers.uploads[upload] = _Upload(_repository(context, request))
    return {"uploadId": upload, "partSize": _PART_BYTES}


def _upload_part(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    repository = _repository(context, request)
    first, last, blob = request["partFirstByte"], request["partLastByte"], request["layerPartBlob"]
    with _layers.guard:
        content = _upload(repository, request).content
        if first != len(content) or last - first + 1 != len(blob):
            raise errors.failure(
                "InvalidLayerPartException",
                f"The layer part is not valid: it has bytes {first} to {last}, {len(content)} bytes were received",
            )
        content += blob
    return {
        "registryId": repository[0],
        "repositoryName": repository[2],
        "uploadId": request["uploadId"],
        "lastByteReceived": last,
    }


def _complete(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    repository = _repository(context, request)
    with _layers.guard:
        content = bytes(_upload(repository, request).content)
        if not content:
            raise errors.failure("EmptyUploadException", "The upload does not contain any layer parts")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if digest not in request["layerDigests"]:
            raise errors.failure("InvalidLayerException", f"Layer digest is {digest}, and not one of the request's")
        del _layers.uploads[request["uploadId"]]
        stored = _layers.stored.setdefault(repository, {})
        if digest in stored:
            raise errors.failure("LayerAlreadyExistsException", f"The layer with digest '{digest}' already exists")
        stored[digest] = content
    return {
        "registryId": repository[0],
        "repositoryName": repository[2],
        "uploadId": request["uploadId"],
        "layerDigest": digest,
    }


def _download_url(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    repository, digest = _repository(context, request), request["layerDigest"]
    if digest not in _layers.stored.get(repository, {}):
        raise errors.failure("LayersNotFoundException", f"The layer with digest '{digest}' does not exist")
    account, region, name = repository
    url = f"{context.request.host_url.rstrip('/')}{_ADDRESS}/{account}/{region}/{digest}/{name}"
    return {"downloadUrl": url, "layerDigest": digest}


def _put_image(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse an image whose layers, or the images of whose list, are missing; moto does the rest.

    The layers of an image without any are not checked: its manifest may be made up.
    """
    repository = _repository(context, request)
    try:
        manifest = json.loads(request["imageManifest"])
    except ValueError:
        manifest = {}
    layers = manifest.get("layers") or []
    needed = [one["digest"] for one in (*layers, manifest["config"])] if layers else []
    stored = _layers.stored.get(repository, {})
    if missing := [digest for digest in needed if digest not in stored]:
        raise errors.failure("LayersNotFoundException", f"Layers with digests '{missing}' required for pushing image")
    from moto.ecr.models import ecr_backends

    images = ecr_backends[context.account_id][context.region].repositories[repository[2]].images
    known = {image.get_image_digest() for image in images}
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
        content = _layers.stored.get((account, region, name), {}).get(digest)
        return Response(status=404) if content is None else Response(content, 200)


OPERATIONS: dict[str, Handler] = {
    "BatchCheckLayerAvailability": _check,
    "CompleteLayerUpload": _complete,
    "GetDownloadUrlForLayer": _download_url,
    "InitiateLayerUpload": _initiate,
    "PutImage": _put_image,
    "UploadLayerPart": _upload_part,
}
