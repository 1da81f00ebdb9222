"""Points of series: an open head of rows, sealed chunks of bytes, an hourly roll-up."""
