"""What CloudTrail records, and the two languages that pick records out: metric-filter and event patterns."""
