"""The chat in Telegram: everything a volunteer does, and a resident who prefers it to SMS.

Reading order, which is the way of one update and of what it leads to:

1. updates, buttons    what comes from Telegram, read; what is behind a button
2. inbox    committed as it came, then dealt with one by one
3. answers    which part answers: the dialogue of all channels, or one of
   registration, commands, tasks, lookups, groups    questions, /words, tasks' buttons, what must be looked up, group chats
4. cards, posts, keyboards, words    how a task's message and a group's post should be; buttons; words of the chat. Pure.
5. carrier, keeper, files    out: the outbox's messages; keeping what stands in chats true; fetching photographs
6. api, bot    python-telegram-bot; everything together
"""

API = "https://api.telegram.org"  # here, so that settings can be read without the library
