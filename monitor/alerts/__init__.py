"""How alerts reach people: a durable outbox, one queue for each endpoint, and the notifiers behind it."""
