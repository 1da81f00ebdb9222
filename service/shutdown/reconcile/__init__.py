"""Holding what is against what should be, each minute, and acting on the difference."""
