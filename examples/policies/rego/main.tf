# A policy in Rego judges the trust besides the built-in one. The provider brings the interpreter along, and the text is pinned like any module.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {
  policy = {
    modules = [{
      path   = "${path.root}/house_rules.rego"
      sha256 = "6eddeadf0c0153ae8c5f680f29939486011b26a21a84f4bc26f4c22573c3719b"
      settings = jsonencode({
        roles = ["roles/aiplatform.user"]
        teams = ["ml-", "web-"]
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
