"""The pipeline from shells to the report: one function per step.

system -> macrostates -> microstates -> clusters -> spectra -> training set
(``generation``, ``structures``; ``merging`` where batch jobs made it), training set ->
ensemble (``training``), measured spectrum -> prediction (``analysis``), conventional
analyses beside it (``comparing``), errors on pairs with known g(r) (``validation``).
Long functions are generators that yield Progress.

Import each from its module, in the window and the command line when it is first
needed: a window that reads a file must not wait for the machinery that trains networks.
"""
