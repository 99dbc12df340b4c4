"""Which of the nineteen languages that Wenlu knows a text is in, and translation between them."""
