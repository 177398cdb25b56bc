"""Ten days of fictional market news, written for this project: what `bearwatch demo` plays."""
