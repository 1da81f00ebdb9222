"""The picture of an alert: a series around it with its limit, drawn as SVG and made a PNG."""
