"""The exchange planner: who goes, in which phase, and in which order the two sides need to trust each other least."""
