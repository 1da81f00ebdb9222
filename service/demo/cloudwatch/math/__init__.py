"""CloudWatch metric math: parse an expression, evaluate it over series."""
