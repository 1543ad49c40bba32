"""/settlement: what helpers have paid, month by month, until they have their money back. The rules are dispatch/settlement.py."""
