locals {
  condition = "assertion.repository_owner_id == '1001' && assertion.ref == 'refs/heads/main'"
}

# The branch of one's own gets in, and a stranger's repository with the same name of branch does not.
check "only_our_main_branch" {
  assert {
    condition = [
      for owner in ["1001", "9001"] : provider::crosscloud::evaluate_trust(
        {
          google = {
            attribute_mapping   = { "google.subject" = "assertion.sub" }
            attribute_condition = local.condition
          }
        },
        {
          sub                 = "repo:octo/app:ref:refs/heads/main"
          ref                 = "refs/heads/main"
          repository_owner_id = owner
        },
      ).verdict
    ] == ["admitted", "refused"]
    error_message = "The condition lets somebody else in."
  }
}
