terraform import crosscloud_cmek_key.artifacts projects/ml-prod-4711/locations/europe-west4/keyRings/vertex-artifacts/cryptoKeys/vertex-artifacts
