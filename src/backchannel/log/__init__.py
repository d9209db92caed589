"""Who said what, in which order, and what is missing; it does not know how anything travels."""
