variable "bucket_arns" {
  description = "ARNs of the buckets that jobs of the example role read and write, by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "email_addresses" {
  description = "E-mail addresses to send messages to, keyed by a name you choose. Each must be confirmed."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "instance_types" {
  description = "Instance types that roles with the guardrail may use."
  type        = set(string)
  default     = ["ml.t3.*", "ml.m5.large", "ml.m5.xlarge"]
  nullable    = false
}

variable "monthly_limit" {
  description = "Monthly SageMaker costs in US dollars before the budget alarms."
  type        = number
  default     = 100
  nullable    = false
}

variable "name" {
  description = "Prefix of all names in the stack, and of the jobs that the guardrail allows."
  type        = string
  default     = "ml-guard"
  nullable    = false
}

variable "region" {
  description = "Region to watch."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "security_group_ids" {
  description = "Security groups of the jobs, keyed by a name you choose. Required with `subnet_ids`."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets that jobs must use, keyed by a name you choose. Empty: jobs need no VPC."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
