"""Rasa custom actions: pure functions from a turn to directives, one file a feature."""
