"""The network's carriers in this process: who sends, what comes in whatever happens, and how each of them is.

opening      the carriers of the network file, with their secrets, as one that sends
reception    an inbound text is stored in the database, or on disk while that is away
spool        the disk
health       how each carrier is, for the board and for machines
"""
