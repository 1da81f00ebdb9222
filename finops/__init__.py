"""What money means: forecast, anomalies, budgets, plan against actual, savings, FOCUS. Store to store."""
