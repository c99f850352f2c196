# Google fetches features from an Azure Blob Storage container, and no SAS token or account key is stored with Google: the transfer makes a
# managed identity that nobody but the agent of this very project can act as, and that can read nothing but this container.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

variable "project" {
  description = "The Google Cloud project that the data goes to."
  type        = string
  default     = "ml-prod-4711"
}

variable "storage_account_id" {
  description = "The storage account: az storage account show --query id"
  type        = string
  default     = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.Storage/storageAccounts/mlfeatures"
}

resource "crosscloud_data_transfer" "features" {
  name    = "ml-features"
  project = var.project
  from = {
    azure_blob = {
      storage_account_id = var.storage_account_id
      container          = "features"
      subscription_id    = "22222222-3333-4444-5555-666666666666"
      resource_group     = "ml-prod"
      location           = "westeurope"
    }
  }
  to       = { bucket = "ml-training" }
  run_once = true
}

output "job_name" {
  description = "The transfer job: gcloud transfer jobs describe JOB_NAME"
  value       = crosscloud_data_transfer.features.job_name
}
