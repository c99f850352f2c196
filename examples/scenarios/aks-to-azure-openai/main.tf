# A chat backend on AKS answers with Azure OpenAI, and no key is stored in the cluster: a managed identity trusts the tokens that the
# cluster issues to one Kubernetes service account.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "cluster_id" {
  description = "The AKS cluster: az aks show --query id"
  type        = string
  default     = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ContainerService/managedClusters/ml-aks"
}

variable "account_id" {
  description = "The Azure OpenAI account: az cognitiveservices account show --query id"
  type        = string
  default     = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
}

# Switches on the cluster's issuer and the webhook that gives pods their token. Leave it out where azurerm manages the cluster.
resource "crosscloud_aks_workload_identity" "cluster" {
  cluster_id = var.cluster_id
}

resource "crosscloud_trust" "chat" {
  name = "aks-openai"
  from = {
    aks = {
      issuer          = crosscloud_aks_workload_identity.cluster.issuer
      namespace       = "chat"
      service_account = "backend"
    }
  }
  to = {
    azure = {
      subscription_id = "22222222-3333-4444-5555-666666666666"
      resource_group  = "ml-prod"
      location        = "westeurope"
      roles           = [{ role = "Cognitive Services OpenAI User", scope = var.account_id }]
    }
  }
}

output "client_id" {
  description = "The identity that the pod acts as."
  value       = crosscloud_trust.chat.client_id
}

output "tenant_id" {
  description = "The tenant of that identity."
  value       = crosscloud_trust.chat.tenant_id
}

output "issuer" {
  description = "The cluster's issuer."
  value       = crosscloud_trust.chat.issuer
}

output "kubernetes_manifest" {
  description = "The annotated service account and a labelled pod, for kubectl apply."
  value       = crosscloud_trust.chat.kubernetes_manifest
}
