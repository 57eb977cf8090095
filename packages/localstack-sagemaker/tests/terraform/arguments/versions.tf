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
  tags   = { step = tostring(var.step), owner = "probe" }
}

provider "aws" {
  region = local.region
}
