"""What the export dialog offers is written, each kind in its own file."""

import numpy as np

from app.analysis_service import Question
from app.export_dialog import KINDS
from app.stages import ExportRequest, export
from onne_core.jobs import run
from tests.app.fakes import foil_ensemble, foil_entry, foil_prediction


def test_every_kind_of_file_is_written(tmp_path):
    prediction = foil_prediction(Question(foil_entry(), foil_ensemble()))
    kinds = tuple(kind for kind, *_ in KINDS)
    request = ExportRequest(prediction, str(tmp_path / "foil"), kinds, "foil.chi", "0")
    written = run(export(request))
    assert sorted(written) == sorted(str(tmp_path / f"foil.{kind}") for kind in kinds)
    assert sorted(tmp_path.iterdir()) == sorted(
        tmp_path / f"foil.{kind}" for kind in kinds
    )
    table = (tmp_path / "foil.chi.csv").read_text().splitlines()
    head = next(line for line in table if not line.startswith("#"))
    assert head == "k,chi,chi_back,chi_back_std,residual"
    values = np.genfromtxt(
        tmp_path / "foil.chi.csv",
        delimiter=",",
        skip_header=len([line for line in table if line.startswith("#")]) + 1,
    )
    np.testing.assert_allclose(values[:, 1] - values[:, 2], values[:, 4], atol=1e-6)
