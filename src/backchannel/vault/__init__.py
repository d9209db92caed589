"""One person's encrypted store: a wrapped key beside an encrypted SQLite database (spec 7)."""
