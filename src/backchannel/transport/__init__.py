"""Ways for envelopes to travel; every one passes the same contract suite."""
