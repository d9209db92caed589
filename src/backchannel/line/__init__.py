"""The private two-party channel, sans I/O: it moves opaque bytes and does not know what an offer is."""
