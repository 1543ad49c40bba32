"""Telephone calls: one call script, spoken to 46elks as actions and to Twilio as TwiML."""
