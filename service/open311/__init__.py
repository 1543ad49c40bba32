"""Open311 GeoReport v2: other people's case systems as receivers (client.py, courier.py), and our requests for other programs
(server.py). The standard: https://wiki.open311.org/GeoReport_v2/. Why it is used as it is: deploy/adr/0023.
"""
