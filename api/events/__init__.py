"""Live events: an in-process bus, and replay from the database by sequence number."""
