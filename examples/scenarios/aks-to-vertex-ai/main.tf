# A chat backend on AKS answers with Gemini on Vertex AI, and no key changes hands: Google trusts the tokens that the
# cluster issues to one Kubernetes service account.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "issuer" {
  description = "The OIDC issuer of the AKS cluster: az aks show --query oidcIssuerProfile.issuerUrl"
  type        = string
  default     = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
}

variable "project" {
  description = "The Google Cloud project whose models the backend uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = { aks = { issuer = var.issuer, namespace = "chat", service_account = "backend" } }
  to   = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}
