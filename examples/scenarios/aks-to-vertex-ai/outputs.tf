output "principal" {
  description = "Who Google sees when the pod calls."
  value       = crosscloud_trust.chat.principal
}

output "credential_config" {
  description = "The file that GOOGLE_APPLICATION_CREDENTIALS names in the pod; it holds no secret."
  value       = crosscloud_trust.chat.credential_config
}

output "kubernetes_manifest" {
  description = "The service account, the configuration and the pod's volumes, for kubectl apply."
  value       = crosscloud_trust.chat.kubernetes_manifest
}

output "service_account_email" {
  description = "The Google service account that the pod acts as."
  value       = crosscloud_trust.chat.service_account_email
}

output "objects" {
  description = "Every cloud object behind the trust and who made it."
  value       = crosscloud_trust.chat.objects
}
