"""AWS to store: each collector plans what to ask for (pure) and fetches it. The only readers of boto3."""
