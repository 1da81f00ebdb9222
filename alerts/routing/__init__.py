"""Who is told of what, together with what, and when: pure decisions over stored groups, each with its reason."""
