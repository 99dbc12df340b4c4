"""Staff: accounts, sessions, roles and the console's API."""
