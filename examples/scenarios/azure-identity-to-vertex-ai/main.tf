# A virtual machine on Azure calls Vertex AI with its managed identity, and no key changes hands. The trust makes the identity, and
# an Entra application that serves as the audience of its tokens; nobody signs in to that application, and it has no secret.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "tenant_id" {
  description = "The Entra tenant: az account show --query tenantId"
  type        = string
  default     = "11111111-2222-3333-4444-555555555555"
}

variable "subscription_id" {
  description = "The subscription that the identity is made in: az account show --query id"
  type        = string
  default     = "22222222-3333-4444-5555-666666666666"
}

variable "project" {
  description = "The Google Cloud project whose models the workload uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_trust" "scoring" {
  name = "azure-scoring"
  from = {
    azure_managed_identity = {
      tenant_id       = var.tenant_id
      subscription_id = var.subscription_id
      resource_group  = "ml-prod"
      location        = "westeurope"
    }
  }
  to = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names on the machine; it holds no secret."
  value       = crosscloud_trust.scoring.credential_config
}

output "objects" {
  description = "Every cloud object behind the trust, the managed identity to assign to the machine among them."
  value       = crosscloud_trust.scoring.objects
}
