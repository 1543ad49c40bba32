"""The service groups' inbox: for staff with an account, and, one task at a time, by signed link without one.

inbox     what the pages show, read and put into words
outcomes  what is said when something was done, or could not be
pages     /service
links     /s/{token}
live      tells open inboxes that something has changed
"""
