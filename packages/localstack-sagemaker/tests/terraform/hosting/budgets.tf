resource "aws_budgets_budget" "this" {
  name         = "probe"
  budget_type  = "COST"
  limit_amount = tostring(100 * var.step)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  tags         = local.tags

  cost_filter {
    name   = "Service"
    values = ["Amazon SageMaker"]
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "FORECASTED"
    threshold                  = 80 + var.step
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = ["probe@example.com"]
  }
}
