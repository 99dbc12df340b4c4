"""Channels: adapters that bring a resident's message in and carry answers out."""
