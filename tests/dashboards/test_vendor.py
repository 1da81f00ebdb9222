"""What others wrote and we serve is what VENDOR.toml says it is, with its licence beside it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import dashboards

VENDOR = Path(dashboards.__file__).parent / "static" / "vendor"
LISTED = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["file"]


def test_every_file_has_the_hash_it_was_listed_with() -> None:
    for entry in LISTED:
        assert hashlib.sha256((VENDOR / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]


def test_every_file_is_listed_and_every_licence_kept() -> None:
    there = {path.name for path in VENDOR.iterdir()} - {"VENDOR.toml"}
    assert there == {entry["path"] for entry in LISTED} | {entry["licence_file"] for entry in LISTED}
    assert "MIT" in (VENDOR / "uPlot.LICENSE").read_text()
    assert "BSD" in (VENDOR / "htmx.LICENSE").read_text()


def test_every_entry_says_whose_it_is_and_why() -> None:
    for entry in LISTED:
        assert all(entry[word] for word in ("package", "version", "source", "licence", "why")), entry["path"]
