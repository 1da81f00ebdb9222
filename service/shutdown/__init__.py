"""Lights out: environments that sleep by a schedule. What should be is pure; only `act` changes anything in AWS."""
