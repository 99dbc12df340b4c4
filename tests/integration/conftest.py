"""Everything here runs on the four real processes."""
