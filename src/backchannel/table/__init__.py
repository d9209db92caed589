"""The negotiation on a line: what is on the agenda, what was offered and accepted, and the one text; pure folds."""
