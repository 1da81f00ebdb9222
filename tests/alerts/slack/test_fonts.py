"""The fonts of the charts are what VENDOR.toml says they are, with their licence beside them."""

from __future__ import annotations

import hashlib
import tomllib

from alerts.chart.picture import FONTS

LISTED = tomllib.loads((FONTS / "VENDOR.toml").read_text())["file"]


def test_every_font_has_the_hash_it_was_listed_with() -> None:
    for entry in LISTED:
        assert hashlib.sha256((FONTS / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]


def test_every_file_is_listed_and_the_licence_kept() -> None:
    there = {path.name for path in FONTS.iterdir()} - {"VENDOR.toml", "README.md"}
    assert there == {entry["path"] for entry in LISTED} | {entry["licence_file"] for entry in LISTED}
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


def test_the_fonts_are_small() -> None:
    assert sum((FONTS / entry["path"]).stat().st_size for entry in LISTED) < 1_000_000
