variable "members" {
  description = "Who may act as the service account."
  type        = list(string)

  validation {
    condition = alltrue([
      for member in var.members : provider::crosscloud::parse_principal(member).kind == "subject"
    ])
    error_message = "Name single workloads of a pool, not sets of them."
  }
}
