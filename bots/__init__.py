"""One module or folder a channel, and the dialogue that they share."""
