# One key of your own for what Vertex AI stores: rotated every 90 days, and its agent is made sure of before it is granted the key.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "project" {
  description = "The Google Cloud project whose models the workload uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_cmek_key" "artifacts" {
  name     = "vertex-artifacts"
  project  = var.project
  location = "europe-west4"
  labels   = { sensitivity = "internal" }
}

output "key_name" {
  description = "The key's resource name, for encryption_spec_key_name and the like."
  value       = crosscloud_cmek_key.artifacts.key_name
}
