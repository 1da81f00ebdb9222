"""How numbers and series are drawn and written, without I/O: units, sparklines, and which series share a chart."""
