# What a pipeline needs to apply this trust: asked without any permission, so that the role can be made first.
data "crosscloud_required_permissions" "chat" {
  resource  = "crosscloud_trust"
  role_name = "terraform-aks-chat"
  config = {
    name = "aks-chat"
    from = {
      aks = {
        issuer          = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
        namespace       = "chat"
        service_account = "backend"
      }
    }
    to = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
  }
}

# gcloud iam roles create terraform_aks_chat --project ml-prod-4711 --file role.json
output "role" {
  value = data.crosscloud_required_permissions.chat.roles.gcp
}
