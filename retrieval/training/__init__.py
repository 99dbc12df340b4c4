"""Makes the bundled sentence encoder from parallel text and from our own questions (see docs/encoder.md)."""
