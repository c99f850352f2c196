# Google fetches training data from an S3 bucket, and no AWS key is stored with Google: the transfer makes an AWS role that
# nobody but the agent of this very project can assume, and that can read nothing but this bucket.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "project" {
  description = "The Google Cloud project whose models the workload uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_data_transfer" "training" {
  name     = "training-data"
  project  = var.project
  from     = { s3 = { bucket = "acme-training", account_id = "123456789012" } }
  to       = { bucket = "ml-training" }
  run_once = true
}

output "role_arn" {
  description = "The AWS role that Google's agent assumes."
  value       = crosscloud_data_transfer.training.role_arn
}

output "job_name" {
  description = "The transfer job: gcloud transfer jobs describe JOB_NAME"
  value       = crosscloud_data_transfer.training.job_name
}

output "agent_email" {
  description = "The agent that writes to the bucket."
  value       = crosscloud_data_transfer.training.agent_email
}
