terraform {
  required_providers {
    crosscloud = {
      source  = "crosscloud/crosscloud"
      version = "~> 0.1"
    }
  }
}

# Credentials come from GOOGLE_OAUTH_ACCESS_TOKEN, so that none of them is written down:
#   export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)
provider "crosscloud" {}
