# One Kubernetes service account may act as a Google service account.
resource "google_service_account_iam_member" "backend" {
  service_account_id = google_service_account.backend.name
  role               = "roles/iam.workloadIdentityUser"
  member = provider::crosscloud::principal(
    google_iam_workload_identity_pool.aks.name,
    "system:serviceaccount:chat:backend",
  )
}
