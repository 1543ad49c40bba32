"""What people write, understood without a network or a model.

`understand` reads a free message (intent, category, place, urgency, language), `words` the short answers to an offer
("JA 47"). Both are pure; `matcher` and `lexicon/*.toml` are what `understand` is made of.
"""
