"""The operator's desk: a call taken down in under a minute, the shared inbox, and whom to phone back.

call_form    what has been typed, read into a command; problems beside their fields
where        where an address is: found, picked among several, pointed out on the map, or looked up online
look         what is known while it is typed: who calls, where it is, what may be the same request
pages        the form, what is read aloud afterwards, "add to this one instead"
spoken       the words that are read aloud
inbox        messages that a human must read: taken by one, ended by an answer, a request, or handing on
calls        whom to phone because no SMS reaches them
live         counts and lists that keep up with what colleagues do
"""
