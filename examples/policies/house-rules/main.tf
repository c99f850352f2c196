# A platform team's own policy judges the trust besides the built-in one. Its file is pinned, and it checks its own settings.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

variable "house_rules_sha256" {
  description = "The digest of the policy that the platform team handed out: sha256sum house_rules.wasm"
  type        = string
}

provider "crosscloud" {
  policy = {
    modules = [{
      path   = "${path.root}/house_rules.wasm"
      sha256 = var.house_rules_sha256
      settings = jsonencode({
        issuers = ["https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/*"]
        roles   = ["roles/aiplatform.user"]
        teams   = ["ml-", "web-"]
      })
    }]
  }
}

resource "crosscloud_trust" "chat" {
  name = "ml-chat"
  from = {
    aks = {
      issuer          = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
      namespace       = "chat"
      service_account = "backend"
    }
  }
  to = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
}
