variable "consumers" {
  description = "Other accounts that may use the registry, keyed by a name you choose; see the module's README."
  type = map(object({
    account_id = string
    role_arns  = optional(map(string), {})
    deploy     = optional(bool, true)
    approve    = optional(bool, false)
    register   = optional(bool, false)
  }))
  default  = {}
  nullable = false
}

variable "copy_region" {
  description = "Region of the replicas."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "description" {
  description = "Description of the group."
  type        = string
  default     = "Versions of a model, and which of them may be deployed"
  nullable    = false
}

variable "force_destroy" {
  description = "Destroy the bucket and repository, and the models and images in them. For short-lived stacks."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Prefix of all names in the stack."
  type        = string
  default     = "ml-registry"
  nullable    = false
}

variable "region" {
  description = "Region to deploy to."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
