"""Conversations: what is kept of them, who may read them, how they are exported and erased."""
