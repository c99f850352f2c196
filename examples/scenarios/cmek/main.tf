# The training job of an AWS role writes to Vertex AI, and what it writes is encrypted with your own keys: one for features, one in
# hardware for health data. Both rotate every 90 days, and the agent of Vertex AI may use them.

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

resource "crosscloud_trust" "health" {
  name = "health-ml"
  from = { aws_role = { account_id = "123456789012", role_name = "ml-training-role" } }
  to = {
    gcp = {
      project = var.project
      roles   = ["roles/aiplatform.user"]
      encryption = {
        location = "europe-west4"
        keys = {
          features = {}
          phi      = { protection_level = "HSM" }
        }
      }
    }
  }
}

output "key_names" {
  description = "The keys' resource names, for encryption_spec_key_name and the like."
  value       = crosscloud_trust.health.key_names
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names on the AWS machine; it holds no secret."
  value       = crosscloud_trust.health.credential_config
}
