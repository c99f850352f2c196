output "manifest" {
  description = "terraform output -raw manifest | kubectl apply -f -"
  value = provider::crosscloud::kubernetes_manifest({
    name            = "backend"
    namespace       = "chat"
    service_account = "backend"
    azure = {
      client_id = azurerm_user_assigned_identity.backend.client_id
      tenant_id = azurerm_user_assigned_identity.backend.tenant_id
    }
  })
}
