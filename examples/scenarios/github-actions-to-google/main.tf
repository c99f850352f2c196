# A GitHub Actions job that deploys to the environment "production" acts in Google Cloud, and no key is stored in GitHub. The
# repository is known by its immutable ids: nobody who takes over its name gets in.

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

resource "crosscloud_trust" "deploy" {
  name = "github-deploy"
  from = {
    github_actions = {
      owner         = "octo-org"
      owner_id      = "1001" # gh api users/octo-org --jq .id
      repository    = "app"
      repository_id = "2001" # gh api repos/octo-org/app --jq .id
      environment   = "production"
    }
  }
  to = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}

output "credential_config" {
  description = "The configuration for Google's client libraries; envsubst fills in what only the running job knows."
  value       = crosscloud_trust.deploy.credential_config
}

output "audience" {
  description = "The audience that the job asks its token for."
  value       = crosscloud_trust.deploy.audience
}
