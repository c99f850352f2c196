resource "google_iam_workload_identity_pool" "chat" {
  project                   = "ml-prod-4711"
  workload_identity_pool_id = "aks-chat"
  display_name              = "aks-chat"
  description               = "Managed by Terraform: crosscloud_trust aks-chat"
}

import {
  to = google_iam_workload_identity_pool.chat
  id = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat"
}

resource "google_project_iam_member" "chat_aiplatform_user" {
  project = "ml-prod-4711"
  role    = "roles/aiplatform.user"
  member  = "serviceAccount:aks-chat@ml-prod-4711.iam.gserviceaccount.com"
}

import {
  to = google_project_iam_member.chat_aiplatform_user
  id = "ml-prod-4711 roles/aiplatform.user serviceAccount:aks-chat@ml-prod-4711.iam.gserviceaccount.com"
}

resource "google_iam_workload_identity_pool_provider" "chat" {
  project                            = "ml-prod-4711"
  workload_identity_pool_id          = google_iam_workload_identity_pool.chat.workload_identity_pool_id
  workload_identity_pool_provider_id = "aks-chat"
  display_name                       = "aks-chat"
  description                        = "Managed by Terraform: crosscloud_trust aks-chat"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.sub == 'system:serviceaccount:chat:backend'"

  oidc {
    issuer_uri = "https://westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/"
  }
}

import {
  to = google_iam_workload_identity_pool_provider.chat
  id = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat"
}

resource "google_service_account" "chat" {
  project      = "ml-prod-4711"
  account_id   = "aks-chat"
  display_name = "aks-chat"
  description  = "Managed by Terraform: crosscloud_trust aks-chat"
}

import {
  to = google_service_account.chat
  id = "projects/ml-prod-4711/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com"
}

resource "google_service_account_iam_member" "chat_iam_workloadidentityuser" {
  service_account_id = google_service_account.chat.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend"
}

import {
  to = google_service_account_iam_member.chat_iam_workloadidentityuser
  id = "projects/ml-prod-4711/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com roles/iam.workloadIdentityUser principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend"
}
