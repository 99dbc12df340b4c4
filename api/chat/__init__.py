"""A turn's way: from a resident's message to the messages that answer it."""
