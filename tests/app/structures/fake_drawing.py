"""Stages in the place of drawing clusters; light, since a new process imports them."""

from dataclasses import replace
from threading import Event

from app.structures.samples import SampleRequest, Samples
from onne_core.jobs import Progress

NAME = "Assembling clusters"


def give(samples: Samples, request: SampleRequest):
    """Return ``samples``, which were drawn before."""
    yield Progress(request.count, request.count, NAME)
    return replace(samples, request=request)


def draw_never(request: SampleRequest):
    """Tell of one cluster and never come to an end."""
    yield Progress(1, request.count, NAME)
    Event().wait()
