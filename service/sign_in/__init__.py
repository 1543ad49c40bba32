"""Who may sign in and what each may do: accounts, sessions, and the one table of permissions."""
