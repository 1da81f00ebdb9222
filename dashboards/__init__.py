"""Store to browser and back: pages, charts, API and exposition. They read, and write intents and audit only."""
