"""`python -m monitor` is `bearwatch`."""

from monitor.cli import main

main()
