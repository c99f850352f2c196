# A platform team lets its AWS account into Vertex AI. Teams create their roles below paths of their own, and a team's role becomes a member with a
# line of its own: a binding, and no pool, provider or service account.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "account_id" {
  description = "The AWS account of the roles."
  type        = string
  default     = "123456789012"
}

variable "project" {
  description = "The Google Cloud project whose models the workloads use."
  type        = string
  default     = "ml-prod-4711"
}

variable "roles" {
  description = "Roles that may come in, by name, with their paths."
  type        = map(string)
  default = {
    training = "/team/ml/"
    report   = "/team/ml/nightly/"
  }
}

resource "crosscloud_trust" "platform" {
  name   = "aws-platform"
  from   = { aws_role = { account_id = var.account_id, role_path = "/platform/", role_name = "serving", web_identity = true } }
  admits = { role_paths = ["/team/ml/"] }
  to     = { gcp = { project = var.project, roles = ["roles/aiplatform.user"] } }
}

resource "crosscloud_trust_member" "team" {
  for_each = var.roles
  name     = each.key
  from     = { aws_role = { account_id = var.account_id, role_path = each.value, role_name = each.key, web_identity = true } }
  to = {
    gcp = {
      project = var.project
      existing = {
        provider        = crosscloud_trust.platform.objects["gcp/provider"].id
        service_account = crosscloud_trust.platform.service_account_email
      }
    }
  }
}

output "audience" {
  description = "What each role has to be let ask its token for: sts:GetWebIdentityToken with this sts:IdentityTokenAudience."
  value       = crosscloud_trust.platform.audience
}

output "token_commands" {
  description = "Fetches a workload's token, to be run again before it expires; it lasts 5 minutes unless asked for longer."
  value       = { for role, member in crosscloud_trust_member.team : role => member.token_commands.gcp }
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names, the same for every member; it holds no secret."
  value       = crosscloud_trust.platform.credential_config
}
