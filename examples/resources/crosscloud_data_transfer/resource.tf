# Google fetches one folder of an S3 bucket every night at half past two. The AWS role admits only the agent of this project.
resource "crosscloud_data_transfer" "training" {
  name    = "training-data"
  project = "ml-prod-4711"
  from = { s3 = {
    bucket     = "acme-training"
    path       = "features/"
    account_id = "123456789012"
  } }
  to       = { bucket = "ml-training" }
  schedule = { start_date = "2026-12-01", time_of_day = "02:30" }
}
