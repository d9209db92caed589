"""Bytes to values and back: nothing here knows what a line or a vault is."""
