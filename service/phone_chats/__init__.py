"""The staff's page of phone chats: who waits for somebody to talk with, who would fit and why, and how the pairs are doing."""
