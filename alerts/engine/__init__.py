"""Readings to states: which slots are due, what each verdict makes of an alert, and one commit per round."""
