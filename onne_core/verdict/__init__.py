"""The verdict: inside, borderline or outside the training range, with reasons."""
