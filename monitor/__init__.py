"""Bearwatch: watches financial news and calls a person when bad news about something surges."""

__version__ = "0.1.0"
