"""The process: settings, database, HTTP, worker loops and everything that is served."""
