"""From the networks' answers to numbers and bands that cover what they claim."""
