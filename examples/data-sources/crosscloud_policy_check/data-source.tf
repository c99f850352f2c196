# Pools that somebody set up by hand are judged on every plan, and a hollow condition in one of them refuses it.
data "crosscloud_policy_check" "shared" {
  google_pool = "projects/ml-prod-4711/locations/global/workloadIdentityPools/shared"
  fail_on     = "high"
}

# Without fail_on, the findings are there to be used.
data "crosscloud_policy_check" "deploy" {
  aws_role = "arn:aws:iam::123456789012:role/deploy"
}

output "deploy" {
  description = "What is wrong with the role's trust policy."
  value       = [for finding in data.crosscloud_policy_check.deploy.findings : "${finding.rule}: ${finding.message}"]
}
