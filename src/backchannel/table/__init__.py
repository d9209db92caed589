"""The table: what is negotiated on a line; pure folds over the log's events."""
