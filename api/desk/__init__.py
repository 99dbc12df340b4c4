"""The mediators' side: the queue, conversations taken over, what they write, and the mail that calls them."""
