"""Online geocoders, for a network that has chosen one: an operator presses a key, and the address alone is sent.

Never needed: whatever goes wrong is as if there were none. Off by default, for addresses of people in need are sensitive.

cleaning     what of an address may leave the house
services     Nominatim and Photon: what is asked, and their answers read
online       asking: politely, once, with a memory
"""
