"""Builds Lamplighter, runs it and talks to its operator. Imports every wing; imported by none."""
