//! Terraform and OpenTofu provider whose resources are whole keyless trusts between clouds.
