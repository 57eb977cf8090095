data "aws_iam_policy_document" "notebooks" {
  statement {
    sid     = "DescribeAndStopNamedNotebooks"
    actions = ["sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance"]
    # SageMaker lower-cases names in ARNs.
    resources = [
      for name in var.notebook_instance_names :
      "arn:${var.partition}:sagemaker:${var.region}:${var.account_id}:notebook-instance/${lower(name)}"
    ]
  }
}

resource "aws_iam_role_policy" "notebooks" {
  count = length(var.notebook_instance_names) > 0 ? 1 : 0

  name   = "notebooks"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.notebooks.json
}
