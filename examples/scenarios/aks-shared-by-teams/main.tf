# A platform team lets one cluster into Google and Azure. Each product team becomes a member with a line of its own: a binding and a federated
# credential, and no pool, provider or identity of its own.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "issuer" {
  description = "The cluster's issuer: az aks show --query oidcIssuerProfile.issuerUrl"
  type        = string
  default     = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
}

variable "account_id" {
  description = "The Azure OpenAI account: az cognitiveservices account show --query id"
  type        = string
  default     = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
}

variable "teams" {
  description = "Namespaces whose `backend` may come in."
  type        = set(string)
  default     = ["billing", "reports"]
}

resource "crosscloud_trust" "platform" {
  name   = "aks-platform"
  from   = { aks = { issuer = var.issuer, namespace = "chat", service_account = "backend" } }
  admits = { namespaces = ["billing", "reports"] }
  to = {
    gcp = {
      project = "ml-prod-4711"
      roles   = ["roles/aiplatform.user"]
    }
    azure = {
      subscription_id = "22222222-3333-4444-5555-666666666666"
      resource_group  = "ml-prod"
      location        = "westeurope"
      roles           = [{ role = "Cognitive Services OpenAI User", scope = var.account_id }]
    }
  }
}

resource "crosscloud_trust_member" "team" {
  for_each = var.teams
  name     = each.key
  from     = { aks = { issuer = var.issuer, namespace = each.key, service_account = "backend" } }
  to = {
    gcp = {
      project = "ml-prod-4711"
      existing = {
        provider        = crosscloud_trust.platform.objects["gcp/provider"].id
        service_account = crosscloud_trust.platform.service_account_email
      }
    }
    azure = {
      existing = { identity = crosscloud_trust.platform.objects["azure/identity"].id }
    }
  }
}

output "kubernetes_manifests" {
  description = "For kubectl apply in each team's namespace."
  value       = { for team, member in crosscloud_trust_member.team : team => member.kubernetes_manifest }
}
