"""Handing a conversation to a person: packet, queue, desk hours, claim and release."""
