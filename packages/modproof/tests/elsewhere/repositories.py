"""Module repositories as people have them, small and of different shapes."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["REPOSITORIES", "Repository"]


@dataclass(frozen=True)
class Repository:
    """The ``files`` of a repository by path, its ``links``: the target of each symbolic link by path, and its URL."""

    files: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)
    origin: str = "https://git.example.com/acme/modules.git"

    def make(self, root: Path) -> Path:
        """Write the repository into the folder ``root``, which must not exist, and commit it. Returns ``root``."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        for name, target in self.links.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        author = ("-c", "user.name=author", "-c", "user.email=author@example.com")
        remote = ("remote", "add", "origin", self.origin)
        for arguments in (("init", "-q"), remote, ("add", "."), (*author, "commit", "-qm", "first")):
            subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
        return root


VPC = """
    terraform {
      required_providers {
        aws = {
          source  = "hashicorp/aws"
          version = ">= 5.0"
        }
      }
    }

    resource "aws_vpc" "this" {
      count      = var.create ? 1 : 0
      cidr_block = var.cidr
      tags       = merge({ Name = var.name }, var.tags)
    }

    resource "aws_subnet" "private" {
      count             = var.create ? length(var.private_subnets) : 0
      vpc_id            = aws_vpc.this[0].id
      cidr_block        = var.private_subnets[count.index]
      availability_zone = element(var.azs, count.index)
    }

    resource "aws_default_network_acl" "this" {
      count                  = var.create && var.manage_default_network_acl ? 1 : 0
      default_network_acl_id = aws_vpc.this[0].default_network_acl_id

      dynamic "ingress" {
        for_each = var.default_network_acl_ingress
        content {
          action    = ingress.value.action
          rule_no   = ingress.value.rule_no
          protocol  = ingress.value.protocol
          from_port = ingress.value.from_port
          to_port   = ingress.value.to_port
        }
      }
    }

    output "vpc_id" {
      value = try(aws_vpc.this[0].id, null)
    }
"""
VPC_VARIABLES = """
    variable "create" {
      type    = bool
      default = true
    }

    variable "name" {
      type    = string
      default = ""
    }

    variable "cidr" {
      type    = string
      default = "10.0.0.0/16"
    }

    variable "azs" {
      type    = list(string)
      default = []
    }

    variable "private_subnets" {
      type    = list(string)
      default = []
    }

    variable "manage_default_network_acl" {
      type    = bool
      default = true
    }

    variable "default_network_acl_ingress" {
      type    = list(map(string))
      default = []
    }

    variable "tags" {
      type    = map(string)
      default = {}
    }
"""
VPC_ENDPOINTS = """
    variable "vpc_id" {
      type = string
    }

    variable "endpoints" {
      type    = any
      default = {}
    }

    variable "tags" {
      type    = map(string)
      default = {}
    }

    resource "aws_vpc_endpoint" "this" {
      for_each          = var.endpoints
      vpc_id            = var.vpc_id
      service_name      = each.value.service_name
      vpc_endpoint_type = try(each.value.type, "Interface")
      tags              = var.tags
    }
"""
VPC_README = """
    # AWS VPC

    ```hcl
    module "vpc" {
      source  = "terraform-aws-modules/vpc/aws"
      version = "~> 5.0"

      name            = "main"
      azs             = ["eu-west-1a", "eu-west-1b"]
      private_subnets = ["10.0.1.0/24", "10.0.2.0/24"]
    }
    ```

    Endpoints have a module:

    ```hcl
    module "endpoints" {
      source = "terraform-aws-modules/vpc/aws//modules/vpc-endpoints"
      # ...
    }
    ```
"""
VPC_EXAMPLE = """
    provider "aws" {
      region = "eu-west-1"
    }

    locals {
      azs = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    }

    module "vpc" {
      source          = "../../"
      name            = "complete"
      azs             = local.azs
      private_subnets = [for k, v in local.azs : cidrsubnet("10.0.0.0/16", 4, k)]
      default_network_acl_ingress = [
        { rule_no = 100, action = "allow", from_port = 0, to_port = 0, protocol = "-1" },
      ]
    }

    module "endpoints" {
      source    = "../../modules/vpc-endpoints"
      vpc_id    = module.vpc.vpc_id
      endpoints = { s3 = { service_name = "com.amazonaws.eu-west-1.s3", type = "Gateway" } }
    }
"""
DATA = """
    variable "name" {
      type = string
    }

    variable "vpc_name" {
      type = string
    }

    data "aws_availability_zones" "available" {
      state = "available"
    }

    data "aws_region" "current" {}

    data "aws_partition" "current" {}

    data "aws_caller_identity" "current" {}

    data "aws_vpc" "this" {
      tags = { Name = var.vpc_name }
    }

    data "aws_ami" "this" {
      most_recent = true
      owners      = ["amazon"]

      filter {
        name   = "name"
        values = ["al2023-ami-2023*-x86_64"]
      }
    }

    resource "aws_subnet" "this" {
      count             = 2
      vpc_id            = data.aws_vpc.this.id
      cidr_block        = cidrsubnet(data.aws_vpc.this.cidr_block, 8, count.index)
      availability_zone = data.aws_availability_zones.available.names[count.index]
    }

    resource "aws_instance" "this" {
      ami           = data.aws_ami.this.id
      instance_type = "t3.micro"
      subnet_id     = aws_subnet.this[0].id
      tags          = { Name = var.name, Account = data.aws_caller_identity.current.account_id }
    }

    output "arn_prefix" {
      value = "arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.name}"
    }
"""
BUCKET = """
    variable "bucket" {
      type = string
    }

    variable "versioning" {
      type    = bool
      default = true
    }

    resource "aws_s3_bucket" "this" {
      bucket = var.bucket
    }

    resource "aws_s3_bucket_versioning" "this" {
      bucket = aws_s3_bucket.this.id
      versioning_configuration {
        status = var.versioning ? "Enabled" : "Suspended"
      }
    }

    output "arn" {
      value = aws_s3_bucket.this.arn
    }
"""
LABELS = """
    variable "namespace" {
      type = string
    }

    variable "stage" {
      type = string

      validation {
        condition     = contains(["dev", "prod"], var.stage)
        error_message = "stage must be dev or prod."
      }
    }

    variable "attributes" {
      type    = list(string)
      default = []
    }

    locals {
      id = join("-", concat([var.namespace, var.stage], var.attributes))
    }

    resource "terraform_data" "this" {
      input = local.id
    }

    output "id" {
      value = local.id
    }
"""
QUEUE = """
    variable "queues" {
      type = map(object({
        delay = optional(number, 0)
        fifo  = optional(bool, false)
      }))

      validation {
        condition     = length(var.queues) > 0
        error_message = "queues must have at least one queue."
      }
    }

    resource "terraform_data" "this" {
      for_each = var.queues
      input    = each.value
    }
"""
JSON_MODULE = json.dumps(
    {
        "variable": {"name": {"type": "string"}, "names": {"type": "set(string)", "default": []}},
        "resource": {
            "terraform_data": {"this": {"input": "${var.name}"}, "each": {"for_each": "${var.names}"}},
        },
        "output": {"id": {"value": "${terraform_data.this.id}"}},
    },
    indent=2,
)
JSON_EXAMPLE = json.dumps(
    {"module": {"labels": {"source": "../../modules/labels", "name": "all", "names": ["a", "b"]}}}, indent=2
)
UNIT = """
    include "root" {
      path = find_in_parent_folders("root.hcl")
    }

    terraform {
      source = "../../../modules/labels"
    }

    inputs = {
      stage = "prod"
    }
"""
CHECKOV = """
    # agreed with security, see the wiki
    skip-check:
      - CKV_AWS_18   # access logs
      - CKV_AWS_144
      - CKV2_AWS_61
"""

REPOSITORIES: Mapping[str, Repository] = {
    "root_with_submodules": Repository(
        {
            "main.tf": VPC,
            "variables.tf": VPC_VARIABLES,
            "README.md": VPC_README,
            "modules/vpc-endpoints/main.tf": VPC_ENDPOINTS,
            "examples/complete/main.tf": VPC_EXAMPLE,
            "examples/complete/outputs.tf": 'output "vpc_id" {\n  value = module.vpc.vpc_id\n}\n',
        },
        origin="https://github.com/terraform-aws-modules/terraform-aws-vpc.git",
    ),
    "flat_modules": Repository(
        {f"m{number:02}/main.tf": LABELS if number % 2 else QUEUE for number in range(59)},
    ),
    "nested_modules": Repository(
        {
            "modules/naming/labels/main.tf": LABELS,
            "modules/messaging/queue/main.tf": QUEUE,
            "modules/messaging/queue/modules/labels/main.tf": LABELS,
            "examples/all/main.tf": """
                module "labels" {
                  source    = "../../modules/naming/labels"
                  namespace = "acme"
                  stage     = "prod"
                }

                module "queue" {
                  source = "../../modules/messaging/queue"
                  queues = { jobs = { fifo = true }, (module.labels.id) = {} }
                }
            """,
        }
    ),
    "bare_root": Repository({"main.tf": LABELS, "README.md": "# Labels\n"}),
    "missing_provider": Repository(
        {
            "modules/labels/main.tf": LABELS,
            "modules/ghost/main.tf": """
                terraform {
                  required_providers {
                    ghost = {
                      source  = "registry.example.invalid/acme/ghost"
                      version = "~> 1.0"
                    }
                  }
                }

                resource "ghost_thing" "this" {
                  name = "ghost"
                }
            """,
        }
    ),
    "data_sources": Repository({"modules/server/main.tf": DATA}),
    "json": Repository({"modules/labels/main.tf.json": JSON_MODULE, "examples/all/main.tf.json": JSON_EXAMPLE}),
    "links": Repository(
        {"shared/labels/main.tf": LABELS, "shared/versions.tf": 'terraform {\n  required_version = ">= 1.9"\n}\n'},
        links={
            "modules/labels": "../shared/labels",
            "shared/labels/versions.tf": "../versions.tf",
            "modules/names": "labels",
        },
    ),
    "terragrunt": Repository(
        {
            "pyproject.toml": '[tool.modproof]\ndocumented = ["terragrunt"]\nunits = ["live"]\n',
            "modules/labels/main.tf": LABELS,
            "live/root.hcl": 'inputs = {\n  namespace = "acme"\n}\n',
            "live/prod/labels/terragrunt.hcl": UNIT,
            "live/dev/labels/terragrunt.hcl": UNIT.replace("prod", "dev"),
        }
    ),
    "scanner_configurations": Repository(
        {
            "modules/bucket/main.tf": BUCKET,
            ".checkov.yaml": CHECKOV,
            ".tfsec/config.yml": "exclude:\n  - aws-s3-enable-bucket-logging\n",
        }
    ),
}
