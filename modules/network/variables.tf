variable "account_id" {
  description = "Account that owns the network, 12 digits. Passed in rather than looked up, so that a plan makes no AWS calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 123456789012; quote it to keep leading zeros."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer-managed key that encrypts the flow logs. Its policy must allow CloudWatch Logs for `/aws/vpc-flow-logs/NAME` (`log_group_prefixes` of `encryption-key`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID); CloudWatch Logs accepts no alias and no bare ID."
  }
}

variable "name" {
  description = "Name of the VPC, and prefix of the names of its resources."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", var.name)) && length(var.name) <= 36 && !startswith(lower(var.name), "sg-")
    error_message = "name must be 1-36 letters, digits and inner hyphens and not start with sg-, because it is the prefix of role and security group names; shorten or change it."
  }
}

variable "region" {
  description = "Region of the network. Used in the endpoints' service names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region code such as eu-west-1; an availability zone (eu-west-1a) is not accepted."
  }
}

variable "zones" {
  description = "Availability zones to create a private subnet in, such as `[\"eu-west-1a\", \"eu-west-1b\"]`. CIDR blocks depend on their order: append new zones at the end."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.zones) > 0 && length(var.zones) == length(distinct(var.zones))
    error_message = "zones must have at least one zone, each listed once; use two or more to survive the loss of one."
  }

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "zones must be availability zones of region, such as eu-west-1a; zone IDs (euw1-az1) and local zones are not accepted."
  }
}

variable "cidr_block" {
  description = "CIDR block of the VPC. It must not overlap with connected networks. Changing it replaces everything."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = try(cidrsubnet(var.cidr_block, 0, 0) == var.cidr_block, false) && can(regex("\\.[0-9]+/(1[6-9]|2[0-8])$", var.cidr_block))
    error_message = "cidr_block must be an IPv4 block of /16 to /28 that starts at its first address, such as 10.0.0.0/16; AWS supports no larger or smaller VPC."
  }
}

variable "egress" {
  description = <<-EOT
    Egress of the private subnets.
    - `endpoints`: to the AWS services in `interface_endpoints` and to S3 only, through VPC endpoints. No internet.
    - `nat`: to the internet through NAT gateways, and to S3 through a gateway endpoint. Security groups must also allow it
      (`internet-https`).
    - `none`: no egress.
  EOT
  type        = string
  default     = "endpoints"
  nullable    = false

  validation {
    condition     = contains(["endpoints", "nat", "none"], var.egress)
    error_message = "egress must be endpoints, nat or none; use endpoints to reach AWS without the internet."
  }
}

variable "egress_in_every_zone" {
  description = "Create a NAT gateway, or a network interface of each endpoint, in every zone. When off, only in the first zone, which costs less, but if that zone fails the others have no egress."
  type        = bool
  default     = true
  nullable    = false
}

variable "endpoint_client_security_group_ids" {
  description = "Additional security groups that may reach the interface endpoints, keyed by a name you choose."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.endpoint_client_security_group_ids) : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "endpoint_client_security_group_ids must be IDs such as sg-0123456789abcdef0; for groups of this module use security_groups[*].reach."
  }
}

variable "endpoint_policies" {
  description = "Endpoint policies (JSON) that replace the module's own, by endpoint: `s3`, or a name in `interface_endpoints`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for policy in values(var.endpoint_policies) : can(jsondecode(policy).Statement)])
    error_message = "endpoint_policies must be JSON policies with a Statement; write them with aws_iam_policy_document or jsonencode."
  }

  validation {
    condition     = length(setsubtract(keys(var.endpoint_policies), setunion(["s3"], var.interface_endpoints))) == 0
    error_message = "endpoint_policies must have s3 or names in interface_endpoints as keys; remove the others, or add them to interface_endpoints."
  }
}

variable "endpoint_service_names" {
  description = "Full service names of endpoints that AWS does not name `com.amazonaws.REGION.NAME`, such as some in China, by endpoint: `s3`, or a name in `interface_endpoints`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in values(var.endpoint_service_names) : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+){2,}$", name))])
    error_message = "endpoint_service_names must be full service names such as cn.com.amazonaws.cn-north-1.sts; look them up with aws ec2 describe-vpc-endpoint-services."
  }

  validation {
    condition     = length(setsubtract(keys(var.endpoint_service_names), setunion(["s3"], var.interface_endpoints))) == 0
    error_message = "endpoint_service_names must have s3 or names in interface_endpoints as keys; remove the others, or add them to interface_endpoints."
  }
}

variable "flow_log_interval_in_seconds" {
  description = "Maximum aggregation interval of the flow logs: 60 or 600. A shorter interval creates more records."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = contains([60, 600], var.flow_log_interval_in_seconds)
    error_message = "flow_log_interval_in_seconds must be 60 or 600, the only intervals that AWS supports; use 60 to see traffic sooner."
  }
}

variable "flow_log_retention_in_days" {
  description = "Days to retain flow logs. 0 retains them indefinitely."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.flow_log_retention_in_days,
    )
    error_message = "flow_log_retention_in_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; use 0 to retain flow logs indefinitely."
  }
}

variable "flow_log_traffic" {
  description = "Traffic to record in the flow logs: `ALL`, `ACCEPT` (allowed) or `REJECT` (denied)."
  type        = string
  default     = "ALL"
  nullable    = false

  validation {
    condition     = contains(["ACCEPT", "ALL", "REJECT"], var.flow_log_traffic)
    error_message = "flow_log_traffic must be ACCEPT, ALL or REJECT; use ALL to record all connections."
  }
}

variable "flow_logs_enabled" {
  description = "Record flow logs. Insecure when off: connections are not recorded."
  type        = bool
  default     = true
  nullable    = false
}

variable "image_account_ids" {
  description = "Accounts of other owners to pull container images from through the ECR endpoints, 12 digits each, such as those that AWS lists for its prebuilt images. Empty: any account, which carries no data out."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.image_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "image_account_ids must be accounts of 12 digits, such as 763104351884 for AWS's deep learning containers in many regions; quote them to keep leading zeros."
  }
}

variable "interface_endpoints" {
  description = "AWS services to reach through interface endpoints with `egress = \"endpoints\"`, by the last part of the service name. The default covers a notebook and its jobs. Each is billed per hour and zone."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "kms", "logs", "sagemaker.api", "sagemaker.runtime", "sts"]
  nullable    = false

  validation {
    condition     = alltrue([for name in var.interface_endpoints : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)*$", name)) && !can(regex("amazonaws", name))])
    error_message = "interface_endpoints must be the last parts of service names, such as sagemaker.api or monitoring; leave out com.amazonaws and the region, they are added."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "interface_endpoints must not contain s3, which has a free gateway endpoint; remove it."
  }
}

variable "partition" {
  description = "AWS partition: `aws`, `aws-cn` or `aws-us-gov`."
  type        = string
  default     = "aws"
  nullable    = false

  validation {
    condition     = contains(["aws", "aws-cn", "aws-us-gov"], var.partition)
    error_message = "partition must be aws, aws-cn or aws-us-gov; use aws outside China and GovCloud."
  }
}

variable "permissions_boundary" {
  description = "ARN of the managed policy to use as the permissions boundary of the flow logs' role. Null: no boundary."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::(aws|[0-9]{12}):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary must be the ARN of a managed policy (arn:aws:iam::ACCOUNT:policy/NAME), or null for no boundary."
  }
}

variable "s3_readable_buckets" {
  description = "Buckets of other accounts that may be read through the S3 endpoint, such as AWS's `sagemaker-sample-files` and `jumpstart-cache-prod-REGION`."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for bucket in var.s3_readable_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "s3_readable_buckets must be names of single buckets: 3-63 lower-case letters, digits, dots and hyphens; wildcards and ARNs are not accepted."
  }
}

variable "security_groups" {
  description = <<-EOT
    Security groups for the private subnets, by key. The key is part of the group's name and is its key in the outputs.
    - `description`: description of the group. Changing it replaces the group.
    - `reach`: predefined rules. `endpoints`: HTTPS to the interface endpoints. `s3`: HTTPS to S3 in the region. `members`: all
      traffic between members of the group, as distributed training needs. `internet-https`: HTTPS to the whole internet, with
      `egress = "nat"`. `endpoints` and `s3` are ignored without a matching endpoint.
    - `egress`, `ingress`: custom rules, by name. `from_port` to `to_port` (default: the same port) over `protocol` (`tcp` or
      `udp`), to or from exactly one of `cidr_block`, `prefix_list_id`, `security_group_id` and `group` (a key of this map).
  EOT
  type = map(object({
    description = optional(string)
    reach       = optional(set(string), ["endpoints", "s3"])
    egress = optional(map(object({
      description       = optional(string)
      protocol          = optional(string, "tcp")
      from_port         = number
      to_port           = optional(number)
      cidr_block        = optional(string)
      group             = optional(string)
      prefix_list_id    = optional(string)
      security_group_id = optional(string)
    })), {})
    ingress = optional(map(object({
      description       = optional(string)
      protocol          = optional(string, "tcp")
      from_port         = number
      to_port           = optional(number)
      cidr_block        = optional(string)
      group             = optional(string)
      prefix_list_id    = optional(string)
      security_group_id = optional(string)
    })), {})
  }))
  default = {
    notebook = {}
    jobs     = { reach = ["endpoints", "members", "s3"] }
    models   = {}
  }
  nullable = false

  validation {
    condition = alltrue([
      for key in keys(var.security_groups) : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", key)) && length(key) <= 64 && key != "vpc-endpoints"
    ])
    error_message = "security_groups must have keys of 1-64 letters, digits and inner hyphens other than vpc-endpoints, which the module uses; rename the key."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in group.reach : contains(["endpoints", "internet-https", "members", "s3"], rule)
      ]
    ]))
    error_message = "security_groups[*].reach must be any of endpoints, internet-https, members and s3; for anything else add a rule in egress."
  }

  validation {
    condition     = var.egress == "nat" || alltrue([for group in values(var.security_groups) : !contains(group.reach, "internet-https")])
    error_message = "security_groups[*].reach must not contain internet-https unless egress is nat, because there is no internet egress; remove it, or set egress to nat."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in concat(values(group.egress), values(group.ingress)) :
        length([for target in [rule.cidr_block, rule.group, rule.prefix_list_id, rule.security_group_id] : true if target != null]) == 1
      ]
    ]))
    error_message = "security_groups[*] must have rules with exactly one of cidr_block, group, prefix_list_id and security_group_id; split a rule that has two."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in concat(values(group.egress), values(group.ingress)) :
        rule.cidr_block == null ? true : try(cidrsubnet(rule.cidr_block, 0, 0) == rule.cidr_block, false) && can(regex("\\.[0-9]+/([89]|[12][0-9]|3[0-2])$", rule.cidr_block))
      ]
    ]))
    error_message = "security_groups[*] must have rules whose cidr_block is an IPv4 block of /8 to /32 that starts at its first address; for HTTPS to the whole internet use internet-https in reach, for a single address use /32."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in concat(values(group.egress), values(group.ingress)) :
        rule.group == null ? true : contains(keys(var.security_groups), rule.group)
      ]
    ]))
    error_message = "security_groups[*] must have rules whose group is a key of security_groups; for any other group use security_group_id."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in concat(values(group.egress), values(group.ingress)) : contains(["tcp", "udp"], rule.protocol)
      ]
    ]))
    error_message = "security_groups[*] must have rules whose protocol is tcp or udp; for all traffic between members of a group use members in reach."
  }

  validation {
    condition = alltrue(flatten([
      for group in values(var.security_groups) : [
        for rule in concat(values(group.egress), values(group.ingress)) :
        rule.from_port >= 0 && coalesce(rule.to_port, rule.from_port) >= rule.from_port && coalesce(rule.to_port, rule.from_port) <= 65535
      ]
    ]))
    error_message = "security_groups[*] must have rules whose ports are 0-65535, from_port not above to_port; leave to_port out for one port."
  }
}

variable "subnet_newbits" {
  description = <<-EOT
    Sizes of the subnets, as bits added to the prefix length of `cidr_block`: 4 divides a /16 into /20 subnets.
    - `private`: for notebooks, jobs and endpoints, which need an address per instance.
    - `public`: for one NAT gateway, with `egress = "nat"`.
  EOT
  type = object({
    private = optional(number, 3)
    public  = optional(number, 8)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for bits in concat([var.subnet_newbits.private], var.egress == "nat" ? [var.subnet_newbits.public] : []) :
      bits >= 0 && floor(bits) == bits && try(tonumber(split("/", var.cidr_block)[1]) + bits <= 28, true)
    ])
    error_message = "subnet_newbits must be whole bits of 0 or more that divide cidr_block into subnets of /28 or larger, the smallest that AWS supports; lower private or public."
  }

  validation {
    condition = (
      length(var.zones) / pow(2, var.subnet_newbits.private)
      + (var.egress == "nat" ? length(var.zones) / pow(2, var.subnet_newbits.public) : 0)
    ) <= 1
    error_message = "subnet_newbits must leave room in cidr_block for a private subnet in each zone, and a public one with egress = nat; raise private."
  }
}

variable "tags" {
  description = "Tags for everything in the network. `Name` is added."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "trusted_account_ids" {
  description = "Other accounts whose roles may use the endpoints and whose buckets may be reached through them, 12 digits each. For promotion between accounts, for example."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.trusted_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "trusted_account_ids must be 12 digits each, such as 210987654321; quote them to keep leading zeros."
  }
}
