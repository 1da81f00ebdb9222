"""What can go wrong in CloudMart on demand, and what it does."""
