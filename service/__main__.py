"""`python -m service` is the `lamplighter` command."""

from service.cli import main

main()
