# Local storage is encrypted by hardware. A type of another family gets the key: SageMaker then reports an error if it
# accepts none, instead of leaving a volume without the key.
locals {
  # Families with instance store volumes among the ProductionVariantInstanceType of SageMaker's API in botocore 1.44.8
  # (2026-11-29), by https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html. Families with a "d" have local
  # storage by AWS's naming: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html.
  local_storage_families = [
    "dl1", "g5", "g6", "g6e", "g7", "g7e", "gr6", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "p6e-gb200", "trn1", "trn1n", "trn2",
  ]

  instance_families = { for name, variant in local.instance_variants : name => element(split(".", variant.instance_type), 1) }

  has_local_storage = {
    for name, variant in local.instance_variants : name => lookup(
      var.local_storage,
      variant.instance_type,
      contains(local.local_storage_families, local.instance_families[name]) || can(regex("^[a-z]+[0-9]+[a-z]*d[a-z]*$", local.instance_families[name])),
    )
  }
}
