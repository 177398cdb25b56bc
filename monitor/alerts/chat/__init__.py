"""Alerts into chats: one file a format, and one notifier over all of them."""
