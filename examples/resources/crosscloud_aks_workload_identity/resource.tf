# A cluster that no other configuration manages: its OIDC issuer and workload identity are switched on, and stay on.
resource "crosscloud_aks_workload_identity" "chat" {
  cluster_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/chat/providers/Microsoft.ContainerService/managedClusters/chat"
}

resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = { aks = {
    issuer          = crosscloud_aks_workload_identity.chat.issuer
    namespace       = "chat"
    service_account = "backend"
  } }
  to = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
}
