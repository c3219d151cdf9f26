"""Problems that a user can fix: one line says what is wrong, where, and what to do."""

from functools import partial
from typing import Any


class OnneError(Exception):
    """A problem with the user's input or computer; its text is shown verbatim."""


class DefinitionError(OnneError):
    """A system or recipe that contradicts itself or cannot be read."""


class FormatError(OnneError):
    """A measured file or structure file that cannot be used."""


class ColumnsUnclearError(FormatError):
    """A table of numbers whose columns the user has to name."""


class _ClusterError(OnneError):
    """A cluster that cannot be used.

    ``reason`` is the short text under which rejected clusters are counted.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the keywords when the error crosses to another process."""
        return partial(type(self), reason=self.reason), self.args


class StructureError(_ClusterError):
    """A cluster whose geometry is unusable."""


class ScatteringError(_ClusterError):
    """A scattering run that did not finish or gave no usable spectrum."""


class FitError(OnneError):
    """A conventional fit that the data do not allow, or that does not converge."""


class BundleError(OnneError):
    """An ensemble bundle that is damaged, malformed or too new."""


class StorageError(OnneError):
    """A folder or file of the project's own that cannot be read or written."""


class JobError(OnneError):
    """A background job that failed or whose process died."""
