locals {
  budget_alarms = merge(
    { for percent in var.budget.actual_percent : "actual-${percent}" => { type = "ACTUAL", percent = percent } },
    { for percent in var.budget.forecast_percent : "forecast-${percent}" => { type = "FORECASTED", percent = percent } },
  )
}

resource "aws_budgets_budget" "this" {
  count = local.makes_budget ? 1 : 0

  name         = var.name
  account_id   = var.account_id
  budget_type  = "COST"
  limit_amount = tostring(var.budget.limit)
  limit_unit   = var.budget.currency
  time_unit    = var.budget.period
  tags         = var.tags

  cost_filter {
    name   = "Service"
    values = var.budget.services
  }

  dynamic "cost_filter" {
    for_each = length(var.budget.tags) > 0 ? ["tags"] : []

    content {
      name   = "TagKeyValue"
      values = flatten([for key, values in var.budget.tags : [for value in values : format("user:%s$%s", key, value)]])
    }
  }

  dynamic "notification" {
    for_each = local.budget_alarms

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value.type
      threshold                  = notification.value.percent
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.budget.email_addresses
      subscriber_sns_topic_arns  = var.budget.notify_topic ? [aws_sns_topic.this.arn] : []
    }
  }

  # AWS Budgets checks the topic when the budget is created.
  depends_on = [aws_sns_topic_policy.this]
}
