# A key for models that were trained on health data: kept in hardware, rotated every 90 days, and usable by Vertex AI alone.
resource "crosscloud_cmek_key" "phi" {
  name             = "phi-models"
  project          = "ml-prod-4711"
  location         = "us-central1"
  key_ring         = "healthcare-ml"
  protection_level = "HSM"
}

# What Vertex AI's jobs, models and endpoints are told to encrypt with.
output "encryption_spec_key_name" {
  value = crosscloud_cmek_key.phi.key_name
}
