resource "aws_sagemaker_device_fleet" "this" {
  device_fleet_name     = "probe"
  role_arn              = local.role
  description           = "probe ${var.step}"
  enable_iot_role_alias = true
  tags                  = local.tags

  output_config {
    kms_key_id         = local.key
    s3_output_location = "s3://probe/edge/"
  }
}

resource "aws_sagemaker_device" "this" {
  device_fleet_name = aws_sagemaker_device_fleet.this.device_fleet_name

  device {
    device_name    = "probe"
    description    = "probe ${var.step}"
    iot_thing_name = "probe"
  }
}
