"""Thin, typed wrappers around reviewed libraries; the only room in which a library draws randomness of its own."""
