"""Fills the gazetteer (places, streets, addresses) from files.

Reading order: entries (what an importer yields), files (opening and recognising), csv_places, geonames, osm, addresses (one
importer a format, pure, streaming), streets (house numbers gathered to streets), store (the transaction), run (all of it).
"""
