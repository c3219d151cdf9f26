"""The window: it knows the core, the core never knows it."""
