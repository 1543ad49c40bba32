"""Ladders: the page that shows and edits them, what is wrong with one, and trying one without asking anybody."""
