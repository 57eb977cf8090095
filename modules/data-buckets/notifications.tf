# A bucket has one notification configuration, so one resource holds all its targets.
locals {
  notified_functions = merge([
    for key, notification in var.notifications : {
      for name, function in notification.functions : "${key}/${name}" => { bucket = key, arn = function.arn } if function.allow
    }
  ]...)
}

resource "aws_lambda_permission" "notifications" {
  for_each = local.notified_functions

  action         = "lambda:InvokeFunction"
  function_name  = each.value.arn
  principal      = "s3.amazonaws.com"
  source_account = var.account_id
  source_arn     = local.arns[each.value.bucket]
}

resource "aws_s3_bucket_notification" "this" {
  for_each = var.notifications

  bucket      = aws_s3_bucket.this[each.key].id
  eventbridge = each.value.eventbridge

  dynamic "lambda_function" {
    for_each = each.value.functions

    content {
      id                  = lambda_function.key
      lambda_function_arn = lambda_function.value.arn
      events              = lambda_function.value.events
      filter_prefix       = lambda_function.value.prefix
      filter_suffix       = lambda_function.value.suffix
    }
  }

  dynamic "queue" {
    for_each = each.value.queues

    content {
      id            = queue.key
      queue_arn     = queue.value.arn
      events        = queue.value.events
      filter_prefix = queue.value.prefix
      filter_suffix = queue.value.suffix
    }
  }

  dynamic "topic" {
    for_each = each.value.topics

    content {
      id            = topic.key
      topic_arn     = topic.value.arn
      events        = topic.value.events
      filter_prefix = topic.value.prefix
      filter_suffix = topic.value.suffix
    }
  }

  # S3 checks each function when the notification is created.
  depends_on = [aws_lambda_permission.notifications]

  # Not a validation, because the locals in checks.tf depend on the variables. Not at the bucket, which would wait for
  # the targets.
  lifecycle {
    # S3 rejects two targets of a bucket that match the same event.
    precondition {
      condition     = !local.has_overlapping_targets[each.key]
      error_message = "notifications[*] must not name two functions, queues or topics for the same event of the same objects, because S3 rejects overlaps; change events, prefix or suffix, or fan out through one topic."
    }
  }
}

resource "aws_s3_bucket_notification" "access_logs" {
  count = local.makes_log_store && lookup(var.access_logging, "eventbridge", false) ? 1 : 0

  bucket      = aws_s3_bucket.access_logs[0].id
  eventbridge = true
}
