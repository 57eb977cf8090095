data "aws_iam_policy_document" "observability" {
  dynamic "statement" {
    for_each = length(var.log_group_arns) > 0 ? ["logs"] : []

    content {
      sid = "WriteAndReadLogs"
      actions = [
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
      ]
      # Log stream ARNs need `GROUP:*`; ARNs from the provider lack the suffix, ARNs from the console have it.
      resources = [for arn in values(var.log_group_arns) : "${trimsuffix(arn, ":*")}:*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.alarm_arns) > 0 ? ["alarms"] : []

    content {
      sid       = "WatchAlarms"
      actions   = ["cloudwatch:DescribeAlarms"]
      resources = values(var.alarm_arns)
    }
  }

  # PutMetricData has no resource type in IAM; the namespace limits it.
  dynamic "statement" {
    for_each = length(var.metric_namespaces) > 0 ? ["metrics"] : []

    content {
      sid       = "PutMetrics"
      actions   = ["cloudwatch:PutMetricData"]
      resources = ["*"]

      condition {
        test     = "StringLike"
        variable = "cloudwatch:namespace"
        values   = var.metric_namespaces
      }
    }
  }
}

resource "aws_iam_role_policy" "observability" {
  count = length(var.alarm_arns) + length(var.log_group_arns) + length(var.metric_namespaces) > 0 ? 1 : 0

  name   = "observability"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.observability.json
}
