# Every workflow of one repository may read a bucket. The attribute is mapped from assertion.repository_id.
resource "google_storage_bucket_iam_member" "workflows" {
  bucket = "ml-training"
  role   = "roles/storage.objectViewer"
  member = provider::crosscloud::principal_set(
    google_iam_workload_identity_pool.github.name,
    "repository_id",
    "648281741",
  )
}
