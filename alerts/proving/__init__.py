"""Proving rules before they are trusted: tests as files, and the past replayed."""
