"""What only the owner sees: plans, estimates and readings. Nothing here has a wire encoding."""
