# Rules that compare settings of a bucket with each other.
locals {
  # In the order that objects may move in.
  storage_classes    = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]
  infrequent_classes = ["STANDARD_IA", "ONEZONE_IA"]

  # Per bucket: the transitions of current and of noncurrent versions of each rule, as pairs of a class and its days, in
  # the order of the classes.
  transitions = {
    for bucket_key, bucket in var.buckets : bucket_key => flatten([
      for rule in values(bucket.lifecycle_rules) : [
        for days_by_class in [rule.transition_days, rule.noncurrent_transition_days] : {
          ordered = [for class in local.storage_classes : { class = class, days = days_by_class[class] } if contains(keys(days_by_class), class)]
        }
      ]
    ])
  }
  has_ordered_transitions = {
    for bucket_key, transitions in local.transitions : bucket_key => alltrue(flatten([
      for one in transitions : [
        for position in range(1, max(1, length(one.ordered))) :
        one.ordered[position].days >= one.ordered[position - 1].days + (contains(local.infrequent_classes, one.ordered[position - 1].class) ? 30 : 1)
      ]
    ]))
  }

  # Per bucket: all targets, whatever their type.
  notification_targets = {
    for bucket_key, bucket in var.notifications : bucket_key => merge([
      for kind, targets in { functions = bucket.functions, queues = bucket.queues, topics = bucket.topics } : {
        for name, target in targets : "${kind}/${name}" => { events = target.events, prefix = target.prefix, suffix = target.suffix }
      }
    ]...)
  }
  has_overlapping_targets = {
    for bucket_key, targets in local.notification_targets : bucket_key => anytrue([
      for pair in setproduct(keys(targets), keys(targets)) : alltrue([
        pair[0] != pair[1],
        startswith(targets[pair[0]].prefix, targets[pair[1]].prefix) || startswith(targets[pair[1]].prefix, targets[pair[0]].prefix),
        endswith(targets[pair[0]].suffix, targets[pair[1]].suffix) || endswith(targets[pair[1]].suffix, targets[pair[0]].suffix),
        anytrue([
          for events in setproduct(targets[pair[0]].events, targets[pair[1]].events) :
          events[0] == events[1] || endswith(events[1], "*") && startswith(events[0], trimsuffix(events[1], "*"))
        ]),
      ])
    ])
  }
}
