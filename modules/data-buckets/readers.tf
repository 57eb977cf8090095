# The readers' bucket policy statements are in policy.tf, their key grants here.
locals {
  readers_of = {
    for key in keys(var.buckets) : key => {
      for name, reader in var.readers : name => {
        prefix     = reader.prefix
        principals = reader.principals
        sid        = replace(title(replace(name, "/[^a-zA-Z0-9]/", " ")), " ", "")
      } if contains(reader.buckets, key)
    }
  }

  key_grants = merge([
    for name, reader in var.readers : {
      for label, arn in reader.principals : "${name}/${label}" => arn if reader.grant_key
    }
  ]...)
}

resource "aws_kms_grant" "readers" {
  for_each = local.key_grants

  name              = replace("${var.name}/${each.key}", "/[^a-zA-Z0-9:/_-]/", "-")
  grantee_principal = each.value
  key_id            = var.kms_key_arn
  operations        = ["Decrypt", "DescribeKey"]
}
