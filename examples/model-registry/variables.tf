variable "consumers" {
  description = "Other accounts that may use the registry, by a name of your own; see the module's README."
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
  description = "Region of the buckets' copies."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "description" {
  description = "What the group holds."
  type        = string
  default     = "Versions of a model, and which of them may be deployed"
  nullable    = false
}

variable "force_destroy" {
  description = "Destroy bucket and repository even with models and images in them. For stacks that come and go; they are lost."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Begins the names of everything in the stack."
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
  description = "Tags of everything in the stack."
  type        = map(string)
  default     = { Project = "machine-learning" }
  nullable    = false
}
