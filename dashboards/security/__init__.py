"""Who may read the page, and what a browser may do with it: passwords, login, hosts, headers."""

from dashboards.security.passwords import hash_password

__all__ = ["hash_password"]
