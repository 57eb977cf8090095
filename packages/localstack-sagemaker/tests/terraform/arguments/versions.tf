terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "account" {
  description = "The account for all resources; 12 digits."
  type        = string
  default     = "000000000000"
}

variable "step" {
  description = "1 creates everything; 2 changes what AWS can update in place."
  type        = number
  default     = 1
}

locals {
  region = "eu-west-1"
  role   = "arn:aws:iam::${var.account}:role/probe"
  key    = "arn:aws:kms:${local.region}:${var.account}:key/11111111-1111-1111-1111-111111111111"
  image  = "${var.account}.dkr.ecr.${local.region}.amazonaws.com/probe:1"
  tags   = { step = tostring(var.step), owner = "probe" }

  lifecycle_config = "arn:aws:sagemaker:${local.region}:${var.account}:studio-lifecycle-config/probe"
  package          = "arn:aws:sagemaker:${local.region}:${var.account}:model-package/packages/1"
}

provider "aws" {
  region = local.region
}
