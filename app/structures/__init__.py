"""The Structures tab: sample clusters of the system."""
