# Pods of the Kubernetes service account chat/backend on one AKS cluster may call Vertex AI in one Google Cloud project.
resource "crosscloud_trust" "chat" {
  name = "aks-chat"
  from = { aks = {
    issuer          = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/"
    namespace       = "chat"
    service_account = "backend"
  } }
  to = { gcp = { project = "ml-prod-4711", roles = ["roles/aiplatform.user"] } }
}

# What the pod needs: a projected token for Google and the file that tells Google's client libraries to use it.
output "kubernetes_manifest" {
  value = crosscloud_trust.chat.kubernetes_manifest
}
