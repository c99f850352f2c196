# Who may reach Vertex AI, its data and its keys from outside, logged for now and enforced once nothing legitimate shows in the logs.
resource "crosscloud_service_perimeter" "health" {
  name          = "health"
  access_policy = "123456789012"
  projects      = ["ml-prod-4711"]
  dry_run       = true

  admit = {
    principals = ["principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend"]
    services   = ["aiplatform.googleapis.com"]
  }
}
