# The trust is the platform team's: its members may come from these namespaces.
resource "crosscloud_trust" "platform" {
  name   = "aks-platform"
  from   = { aks = { issuer = var.issuer, namespace = "chat", service_account = "backend" } }
  to     = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
  admits = { namespaces = ["billing", "reports"] }
}

# One member for each team, with roles of its own; with `existing.service_account` it acts as the trust's account instead.
resource "crosscloud_trust_member" "team" {
  for_each = toset(["billing", "reports"])
  name     = each.key
  from     = { aks = { issuer = var.issuer, namespace = each.key, service_account = "backend" } }
  to = {
    gcp = {
      project  = "ml-prod-4711"
      existing = { provider = crosscloud_trust.platform.objects["gcp/provider"].id }
      roles    = ["roles/aiplatform.user"]
    }
  }
}
