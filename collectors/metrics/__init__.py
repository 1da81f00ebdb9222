"""Metrics: what to ask CloudWatch for (pure), asking it, and keeping the answer with how far it reaches."""
