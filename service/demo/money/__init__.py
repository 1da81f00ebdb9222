"""A Cost Explorer and an AWS Budgets for the embedded AWS, priced from what its resources went through."""
