# One workload on AKS calls Gemini on Vertex AI and GPT on Azure OpenAI, and reads its prompts from Amazon S3. One trust, and no key in any of
# the three clouds.

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

resource "crosscloud_trust" "assistant" {
  name   = "aks-assistant"
  labels = { team = "chat" }
  from = {
    aks = {
      issuer          = var.issuer
      namespace       = "chat"
      service_account = "backend"
    }
  }
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
    aws = {
      account_id = "123456789012"
      inline_policy = jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::ml-data/*" }]
      })
    }
  }
}

output "kubernetes_manifest" {
  description = "The service account and a pod that has all three ways in, for kubectl apply."
  value       = crosscloud_trust.assistant.kubernetes_manifest
}

output "credential_config" {
  description = "What Google's client libraries read."
  value       = crosscloud_trust.assistant.credential_config
}

output "client_id" {
  description = "The identity that the pod acts as in Azure."
  value       = crosscloud_trust.assistant.client_id
}

output "role_arn" {
  description = "The role that the pod acts as in AWS."
  value       = crosscloud_trust.assistant.role_arn
}
