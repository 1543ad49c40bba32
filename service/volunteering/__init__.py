"""Volunteers on the web: for those who want to become one, and for those who have no chat with us.

front  /volunteer: what it means to help, and how to sign up
task   /t/{token}: one task by signed link
words  what is said when something was done, or could not be
view   what the task's page shows: nothing of the resident before a yes, and nothing after the end
"""
