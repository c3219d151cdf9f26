"""Commands of the Structures tab: generate, export, train."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.session import Session
from app.structures.sampler import Sampler
from app.structures.samples import Samples
from app.widgets.dialogs import FileDialogs
from onne_core import files
from onne_core.errors import OnneError
from onne_core.values.recipe import Recipe

if TYPE_CHECKING:
    from app.structures.page import StructuresPage


class StructureCommands(QObject):
    """Commands of the Structures tab; they ask where needed.

    ``plan`` plans a training set of a system, ``written`` tells of files.
    """

    def __init__(
        self,
        session: Session,
        window: QWidget,
        *,
        plan: Callable[[str, Recipe], None],
        written: Callable[[tuple[str, ...]], None],
    ) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._plan, self._written = plan, written
        self.sampler = Sampler(session.run, self)

    def show_on(self, page: "StructuresPage") -> None:
        """Show the samples, or why there are none, on ``page``."""
        recipe, sampler = self._session.view().recipe, self.sampler
        if recipe is None:
            page.show_samples(None, request=None)
            return
        samples = sampler.samples_for(recipe)
        page.show_samples(
            samples or sampler.latest_of(recipe),
            request=sampler.request_for(recipe),
            problem=sampler.problem_for(recipe),
            job=sampler.job,
        )

    @property
    def samples(self) -> Samples | None:
        """Clusters of the recipe on screen, if available."""
        recipe = self._session.view().recipe
        return self.sampler.samples_for(recipe) if recipe else None

    def want(self) -> None:
        """Assemble clusters of the recipe on screen, unless available."""
        recipe = self._session.view().recipe
        if recipe is not None:
            self.sampler.want(recipe)

    def draw(self, count: int, seed: int) -> None:
        """Generate this many clusters with this seed."""
        recipe = self._session.view().recipe
        if recipe is not None:
            self.sampler.draw(recipe, count=count, seed=seed)

    def plan_training(self) -> None:
        """Plan a training set of the system on screen."""
        recipe = self._session.view().recipe
        if recipe is not None:
            title = recipe.system.name or recipe.system.absorber
            self._plan(f"{title} (as in Structures)", recipe)

    def export(self, page: "StructuresPage", kind: str) -> None:
        """Ask for a path and write the cluster on screen as ``kind``."""
        from app.structures import structure_export

        samples = page.samples
        if samples is None:
            return
        title, suffix = structure_export.KINDS[kind]
        path = FileDialogs(self._window, self._session.preferences).place(
            title,
            name=structure_export.file_name(kind, samples, page.index),
            pattern=f"{suffix[1:].upper()} (*{suffix})",
        )
        if path is None:
            return
        if not path.suffix:
            path = path.with_suffix(suffix)
        content = structure_export.content_of(
            kind, samples, page.index, page.structure.shot()
        )
        self._session.writer.do(
            lambda: files.write_bytes(path, content()),
            lambda _: self._written((str(path),)),
            partial(self._refuse, path),
        )

    def _refuse(self, path: Path, error: OnneError) -> None:
        self._session.tell(f"{path.name} could not be written", str(error), "error")
