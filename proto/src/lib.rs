//! Terraform plugin protocol 6 and go-plugin messages, generated from our own .proto files.
