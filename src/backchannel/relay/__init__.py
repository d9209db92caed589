"""The relay: an untrusted store-and-forward server (docs/spec/relay.md).

It sees envelopes that look random, in a few sizes, and when they come. It imports only `wire` and `errors`, so it
cannot know more. `serve` and `running` in `relay.serve` start one; `Store` in `relay.store` is the port for storage.
"""
