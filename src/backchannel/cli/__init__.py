"""The command line: data to stdout, talk to stderr, no secret in argv."""
