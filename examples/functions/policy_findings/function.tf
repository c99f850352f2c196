# A role of the aws provider is judged while its plan is made: with a wildcard in it, nothing is created.
resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  lifecycle {
    precondition {
      condition = alltrue([
        for finding in provider::crosscloud::policy_findings("aws_iam_role", {
          name               = "deploy"
          assume_role_policy = data.aws_iam_policy_document.trust.json
        }) : finding.verdict != "violation" || finding.severity == "low"
      ])
      error_message = "The trust policy lets strangers in; see policy_findings."
    }
  }
}
