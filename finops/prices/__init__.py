"""Public on-demand prices of what the stack uses, with their date."""

from __future__ import annotations

from finops.prices.book import Price, PriceBook, UnknownPrice, load_book

__all__ = ["Price", "PriceBook", "UnknownPrice", "load_book"]
