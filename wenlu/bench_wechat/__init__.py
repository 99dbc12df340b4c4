"""The WeChat channel measured: a whole system under a rehearsed WeChat, and the proof that nothing was lost."""
