"""The Structures tab: clusters of the system before anything is computed."""
