"""What AWS says that things cost: Cost Explorer, AWS Budgets, AWS's own forecast and anomalies."""
