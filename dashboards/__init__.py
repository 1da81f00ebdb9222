"""Store to browser and back: pages, charts and API. They read, and write intents only."""
