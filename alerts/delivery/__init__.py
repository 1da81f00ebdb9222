"""Delivery: rows of the outbox reach Slack, SNS, mail and webhooks; none is lost, none is told twice."""
