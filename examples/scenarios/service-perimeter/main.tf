# A perimeter around the project: Vertex AI, keys, buckets and the token services are closed to everybody outside, but for the one pod
# that a trust admits. It begins as a dry run, which only logs what it would refuse.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "access_policy" {
  description = "Number of the access policy: gcloud access-context-manager policies list --organization ORGANIZATION"
  type        = string
  default     = "456700000022"
}

variable "project" {
  description = "The Google Cloud project whose models the workload uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = {
    aks = {
      issuer          = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
      namespace       = "chat"
      service_account = "backend"
    }
  }
  to = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}

resource "crosscloud_service_perimeter" "ml" {
  name          = "ml_prod"
  access_policy = var.access_policy
  projects      = [var.project]
  dry_run       = true
  admit = {
    principals = [
      crosscloud_trust.chat.principal,
      "serviceAccount:${crosscloud_trust.chat.service_account_email}",
    ]
  }
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names in the pod."
  value       = crosscloud_trust.chat.credential_config
}

output "kubernetes_manifest" {
  description = "The service account, the configuration and the pod's volumes, for kubectl apply."
  value       = crosscloud_trust.chat.kubernetes_manifest
}
