# For a workload on a machine in AWS, whose pool was set up elsewhere.
resource "local_file" "credentials" {
  filename = "${path.module}/credential-config.json"
  content = provider::crosscloud::credential_config(
    "projects/471100000011/locations/global/workloadIdentityPools/aws/providers/training",
    "training@ml-prod-4711.iam.gserviceaccount.com",
    { aws = {} },
  )
}
