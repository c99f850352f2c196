# Switches on the OIDC issuer and workload identity of an AKS cluster that exists, and leaves everything else about it as it is.
# Azure never switches the issuer off again, so destroying this changes nothing about the cluster.

terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}

provider "crosscloud" {}

resource "crosscloud_aks_workload_identity" "cluster" {
  cluster_id = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ContainerService/managedClusters/ml-aks"
}

output "issuer" {
  description = "The cluster's issuer, for from.aks.issuer of a trust."
  value       = crosscloud_aks_workload_identity.cluster.issuer
}
