"""Real CloudWatch series from CSV files, shifted to end now."""
