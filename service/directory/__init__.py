"""The people's pages: lists, one person with everything that staff should know, changes, pauses, merging duplicates."""
