"""Store to people: rule kinds, the engine's step, routing, the outbox's senders and what they speak to."""
