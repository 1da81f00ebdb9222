"""Measurements of Lamplighter beside its peers, each run in the same minute on the same machine."""
