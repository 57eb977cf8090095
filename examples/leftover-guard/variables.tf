variable "email_addresses" {
  description = "Who gets the messages, by a name of your own. Each has to confirm."
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
  description = "What SageMaker may cost a month, in US dollars, before the budget alarms."
  type        = number
  default     = 100
  nullable    = false
}

variable "name" {
  description = "Begins the names of everything in the stack, and of the jobs that the guardrail lets through."
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
  description = "Security groups of the jobs, by a name of your own; needed with `subnet_ids`."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets that jobs have to run in, by a name of your own. Empty: jobs need no VPC."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags of everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
