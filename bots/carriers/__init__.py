"""Those who carry texts: one module each, all with the same parts (dispatch/outbox.py, `Carrier`).

    elks46, twilio, android_sms    parse what their webhooks say, send by their API
    gammu                          a modem: reads and writes the tables of gammu-smsd
    email_smtp                     e-mail
    several                        the network's carriers as one: the way a question came, and the next when one fails
    api                            what they share: a request that is answered, or an error that says what to do

A carrier for SMS parses an incoming message into `Inbound`, a delivery report into `Receipt`, and raises Malformed for what is
neither; its `send` raises CarrierRefused for what will never be sent and CarrierUnavailable for what may be later.
"""
