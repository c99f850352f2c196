# A training job on AWS writes to Vertex AI, and no key changes hands: Google asks AWS which role signed the job's request.
# Nothing changes on the AWS side.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "account_id" {
  description = "The AWS account of the role."
  type        = string
  default     = "123456789012"
}

variable "project" {
  description = "The Google Cloud project whose models the workload uses."
  type        = string
  default     = "ml-prod-4711"
}

resource "crosscloud_trust" "training" {
  name = "aws-training"
  from = { aws_role = { account_id = var.account_id, role_name = "ml-training-role" } }
  to   = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names on the AWS machine; it holds no secret."
  value       = crosscloud_trust.training.credential_config
}

output "service_account_email" {
  description = "The Google service account that the role acts as."
  value       = crosscloud_trust.training.service_account_email
}
