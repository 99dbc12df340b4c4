"""The `wenlu` command and the supervisor that runs the four processes."""
