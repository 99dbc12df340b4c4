"""Language identification for the nineteen languages that Wenlu knows."""
