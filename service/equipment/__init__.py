"""/equipment: things that the centre lends. The rules are dispatch/equipment.py."""
