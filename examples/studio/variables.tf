variable "custom_images" {
  description = "Container images for apps, as in `studio-domain`."
  type        = map(object({ app_type = string, base_image = string }))
  default     = {}
  nullable    = false
}

variable "force_destroy" {
  description = "Destroy the buckets and the data in them. For short-lived stacks."
  type        = bool
  default     = false
  nullable    = false
}

variable "idle_minutes" {
  description = "Minutes after which idle apps stop; at least an hour."
  type        = number
  default     = 120
  nullable    = false
}

variable "name" {
  description = "Prefix of all names in the stack."
  type        = string
  default     = "ml-studio"
  nullable    = false
}

variable "region" {
  description = "Region to deploy to."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "retain_home_file_system" {
  description = "Keep the users' home folders when the domain is destroyed. Decide before the first apply."
  type        = bool
  default     = true
  nullable    = false
}

variable "setup_script" {
  description = "Shell script that runs when a JupyterLab app starts."
  type        = string
  default     = <<-EOT
    #!/bin/bash
    set -eu
    git config --global pull.ff only
  EOT
  nullable    = false
}

variable "shared_spaces" {
  description = "Spaces in which all users work together, and the user who owns each."
  type        = map(object({ owner = string }))
  default     = {}
  nullable    = false
}

variable "studio_tags" {
  description = "Additional tags for the domain and its users. Studio copies them to the spaces and apps that users create."
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

variable "users" {
  description = "Names of the user profiles."
  type        = set(string)
  default     = ["data-scientist"]
  nullable    = false
}

variable "zones" {
  description = "Availability zones of the domain. Changing them replaces the domain."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]
  nullable    = false
}
