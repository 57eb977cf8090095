"""Every family of instance types that SageMaker hosts on is known to have local storage or to have none."""

from __future__ import annotations

import re
from pathlib import Path

from botocore.session import Session

SOURCE = Path(__file__).parents[3] / "modules/endpoint/local_storage.tf"
WITHOUT = (
    "c4 c5 c6a c6g c6gn c6i c6in c7g c7i c8a c8g c8i inf1 inf2 m4 m5 m6a m6g m6i m7g m7i m8a m8g m8i p2 p3 r5 r6g r6i "
    "r7i r8g r8i t2"
)
"""Families with EBS volumes only: https://docs.aws.amazon.com/ec2/latest/instancetypes/"""


def hosting_families() -> set[str]:
    """Families of the instance types that SageMaker's API accepts for an endpoint, in the installed botocore."""
    shape = Session().get_service_model("sagemaker").shape_for("ProductionVariantInstanceType")
    return {name.split(".")[1] for name in shape.enum}


def test_no_family_is_unknown() -> None:
    listed = set(re.findall(r'"([a-z0-9-]+)"', SOURCE.read_text().split("local_storage_families = [")[1].split("]")[0]))
    named_d = {family for family in hosting_families() if re.fullmatch("[a-z]+[0-9]+[a-z]*d[a-z]*", family)}
    without = set(WITHOUT.split())
    assert not without & (listed | named_d)
    assert hosting_families() - listed - named_d - without == set(), (
        "AWS has added instance types: add those with local storage to modules/endpoint/local_storage.tf, others here"
    )
