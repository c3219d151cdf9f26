"""One made file for each kind that beamlines and programs write, and its variants.

They differ in wording, order, units, separators, comment signs, encodings and errors.
Each is the simulated Ni foil, so that what is read wrong shows in chi(k).
"""

# ruff: noqa: E501

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.core.formats.scans import (
    E0,
    ENERGY,
    I0,
    IF,
    IT,
    IT_DILUTE,
    MU,
    SI_111,
    TRUE_CHI,
    TRUE_K,
    angle_of,
    rows,
)

Outcome = Literal["read", "columns", "refused"]
"""Read right; columns (or datasets) asked for; refused with a reason."""

ONES = np.ones_like(ENERGY)
ROW = np.arange(ENERGY.size, dtype=float)
ANGLE = angle_of(ENERGY)
DEAD = 0.0 * ENERGY
NAN_ROW = np.where(ROW == 40, np.nan, MU)
TWICE = np.concatenate([ENERGY, ENERGY])
TEMPERATURE = 300.0 + 0.01 * np.sin(ROW)
ICR = 1e5 + 200.0 * IF / IF.mean()
LOST = np.exp(-0.01 * ROW)
"""Current of a stored beam, which falls."""


@dataclass(frozen=True)
class Variant:
    """A file: its ``content``, what should become of it, and words to be said."""

    name: str
    content: bytes
    outcome: Outcome
    words: str = ""
    spectra: int = 1


def text(
    name: str,
    content: str,
    outcome: Outcome = "read",
    words: str = "",
    *,
    spectra: int = 1,
    encoding: str = "utf-8",
) -> Variant:
    return Variant(name, content.encode(encoding), outcome, words, spectra)


def crlf(content: str) -> str:
    return content.replace("\n", "\r\n")


def numbered(names: str, *, sign: str = "#") -> str:
    """Return header lines "#  3) name" for the ``names`` between semicolons."""
    return "".join(
        f"{sign}  {number}) {name}\n" for number, name in enumerate(names.split(";"), 1)
    )


SSRL = (
    "SSRL  EXAFS Data Collector 2.0\nMon Jan 06 10:00:00 2020\nPTS:   425 COLS:   {n}\n"
    "foil_001.000\nBL 7-3\nRegions:  4   SRB: 7900  Mono crystal Si(220)\n"
    "CTR(SEC): 1.00\nWeights:\n1.000  1.000  1.000  1.000  1.000  1.000\n"
    "Offsets:\n0.000  0.000  0.000  0.000  0.000  0.000\nData:\n{names}\n\n"
)  # fmt: skip
APS = (
    "P1= 20000 P2= 12000 P3= 50\n#filename = foil.001\n# E (eV) = 8133 to 9300\n"
    "P1=0.5 P2=1.0 P3=2\n"
)
DUBBLE = (
    "&SRS\nSRSRUN=12345,SRSDAT=20100101,SRSTIM=101010,SRSSTN='BM26',SRSPRJ='XAS',\n"
    "SRSEXP='FOIL',SRSTLE='foil',SRSCN1='I0',SRSCN2='I1',\n&END\n"
)
LARIX = "# saved from Larix\n# larch version 0.9.80\n#------\n"
FIO = (
    "!\n! Comments\n%c\nexafs scan of foil\n!\n! Parameter\n%p\nSAMPLE_TIME = 1\n!\n"
    "! Data\n%d\n Col 1 {0}\n Col 2 {1}\n Col 3 {2}\n"
)
PF = (
    "  9809     KEK-PF  BL9A\n foil   24.01.01 10:00 - 24.01.01 10:30\n Ni foil\n"
    " Mono :   SI(111)       D= 3.13554 A    Initial angle= 14.06919 deg\n"
    " BL9A     {mode}   Repetition=  1     Points=  417\n"
    " Param file : foil.prm   energy axis(2)     Block =  4\n\n"
    "  Ortec( 0)       NDCH= {n}\n"
    "   Angle(c)  Angle(o)     time/s{channels}\n"
    "       Mode         0         0{modes}\n"
    "     Offset         0         0{offsets}\n"
)


def pf(mode: str, *modes: int) -> str:
    """Return the header of a PF 9809 file with detectors of ``modes``."""
    return PF.format(
        mode=mode,
        n=len(modes),
        channels="".join(f"{1 + number:10d}" for number, _ in enumerate(modes)),
        modes="".join(f"{one:10d}" for one in modes),
        offsets="".join(f"{0.0:10.3f}" for _ in modes),
    )


def table_with_nan() -> str:
    lines = rows(ENERGY, MU).splitlines(keepends=True)
    lines[40] = f"{ENERGY[40]:.6f} NaN\n"
    return "".join(lines)


def encoder_steps(per_degree: float = 4000.0) -> np.ndarray:
    return np.rint(per_degree * ANGLE)


TEXTS = (
    # XDI and BMM
    text("xdi_units_and_order.xdi", "# XDI/1.0 GSE/1.0\n# Column.1: energy eV\n"
         "# Column.2: itrans\n# Column.3: i0 counts\n# Element.symbol: Ni\n"
         "# Element.edge: K\n# ///\n# made\n#----\n# energy itrans i0\n"
         + rows(ENERGY, IT, I0)),
    text("xdi_kev.xdi", "# XDI/1.0\n# Column.1: energy keV\n# Column.2: mutrans\n"
         "# Element.symbol: Ni\n# Element.edge: K\n#---\n"
         + rows(ENERGY / 1000.0, MU, form="%.8f"), words="keV"),
    text("xdi_last_columns.xdi", "# XDI/1.0\n# Column.1: time s\n# Column.2: i0\n"
         "# Column.3: itrans\n# Column.4: energy eV\n# Element.symbol: Ni\n"
         "# Element.edge: K\n#---\n" + rows(ONES, I0, IT, ENERGY)),
    text("xdi_bmm_rois.xdi", "# XDI/1.0 BlueSky/1.3 BMM/pre-0.9\n# Beamline.name: BMM\n"
         "# Element.symbol: Ni\n# Element.edge: K\n# Column.1: energy eV\n"
         "# Column.2: requested energy eV\n# Column.3: measurement time seconds\n"
         "# Column.4: xmu\n# Column.5: I0 nA\n# Column.6: It nA\n# Column.7: Ir nA\n"
         "# Column.8: DTC1\n# Column.9: DTC2\n# Column.10: ROI1 counts\n"
         "# Column.11: ICR1\n# Column.12: OCR1\n# ///\n# ---\n"
         "# energy  requested_energy  measurement_time  xmu  I0  It  Ir  DTC1  DTC2  "
         "ROI1  ICR1  OCR1\n"
         + rows(ENERGY, ENERGY, ONES, IF / I0, I0, IT_DILUTE, IT_DILUTE, 0.5 * IF,
                0.5 * IF, 0.5 * IF, ICR, ICR), words="xmu"),
    text("xdi_bmm_element_rois.xdi", "# XDI/1.0 BlueSky BMM\n# Column.1: energy eV\n"
         "# Column.2: I0 nA\n# Column.3: It nA\n# Column.4: Ir nA\n# Column.5: Ni1\n"
         "# Column.6: Ni2\n# Column.7: Ni3\n# Column.8: Ni4\n# Element.symbol: Ni\n"
         "# Element.edge: K\n# ---\n"
         + rows(ENERGY, I0, IT_DILUTE, IT, *(0.25 * IF,) * 4), words="Ni"),
    text("xdac.dat", "XDAC V1.4   Datafile V1\n\"foil.001\" created on 1/1/20\n"
         "Diffraction element= Si (111). Ring energy= 2.80 GeV\nE0= 8333.0\n"
         "NUM_REGIONS= 3\nSRB= -200 -20 30\nSETTLING= 0.2\n"
         "Offsets= 1.0 2.0 3.0\nGains= 8.0 8.0 8.0\n"
         "Energy      I0      It      Ifl     Ir\n------------------------\n"
         + rows(ENERGY, I0, IT, IF, IT)),
    # APS
    text("aps_p1.dat", APS + "#" + "-" * 40 + "\n# Energy IO It Ir\n"
         + rows(ENERGY, I0, IT, IT)),
    text("aps_p1_rows.dat", "P1= 2.0 P2= 3.0\nP1=1 P2=2\n"
         + rows(ENERGY, I0, IT, IT), "columns"),
    text("mrcat.001", "MRCAT_XAFS V2.1  foil\nE0= 8333.0\nNUM_REGIONS= 3\n"
         "SRB= -200 -20 30\n# P1=1\n-----\nEnergy It IO Iref Lytle\n"
         + rows(ENERGY, IT, I0, IT, IF)),
    text("aps_20bm.dat", "# 1-D Scan File created by LabVIEW Control Panel  1/1/2020\n"
         "# Column Headings:\n" + numbered("Mono Energy (eV) *;Scaler preset time (sec) *;"
         "I0;It;Iref;Slits") + "#\n# Mono Energy (alt) * Scaler preset time* I0 It Iref "
         "Slits\n" + rows(ENERGY, ONES, I0, IT, IT, ONES)),
    text("aps_13id.001", "; Epics Scan Data\n; scan started\n; column labels\n"
         "# P1 = {Energy} --> {13IDA:E.VAL}\n# D1 = {I0} --> {13IDE:scaler1.S2}\n"
         "# D2 = {I1} --> {13IDE:scaler1.S3}\n# P1 D1 D2\n" + rows(ENERGY, I0, IT)),
    text("aps_13id_xdi.001", "# XDI/1.0 Epics StepScan File/2.0\n# Beamline.name: 13-ID-E\n"
         "# Column.1: energy eV || 13IDE:En:Energy\n# Column.2: TSCALER || 13IDE:s.S1\n"
         "# Column.3: I0 || 13IDE:s.S2\n# Column.4: I1 || 13IDE:s.S3\n"
         "# Column.5: OutputCounts_mca1\n# Column.6: Ni_Ka_mca1\n# Column.7: Ni_Ka_mca2\n"
         "#-----\n# energy TSCALER I0 I1 OutputCounts_mca1 Ni_Ka_mca1 Ni_Ka_mca2\n"
         + rows(ENERGY, ONES, I0, IT_DILUTE, ICR, 0.5 * IF, 0.5 * IF),
         words="Ni_Ka_mca"),
    text("aps_12bm.dat", "#F foil\n#D date\n#C comments\n#S 1 ascan energy\n#N 5\n"
         "#L Energy  Seconds  IC0  IC1  IC2\n" + rows(ENERGY, ONES, I0, IT, IT)),
    # SPEC
    text("spec_counters_first.spec", "#F foil\n#E 1\n\n#S 1 ascan\n#D x\n#N 4\n"
         "#L I0  I1  Epoch  Energy\n" + rows(I0, IT, ONES, ENERGY)),
    text("spec_abort.spec", "#F foil\n\n#S 1 ascan\n#N 3\n#L Energy  I0  I1\n"
         + rows(ENERGY, I0, IT) + "#C scan aborted\n\n#S 2 ascan\n#N 3\n"
         "#L Energy  I0  I1\n8133 1 1\n#C aborted\n", words=""),
    text("spec_three_different.spec", "#F foil\n\n#S 1 ascan th\n#N 2\n#L Theta  Det\n"
         + rows(np.arange(30.0), np.arange(30.0)) + "\n#S 2 ascan\n#N 3\n"
         "#L Energy  I0  I1\n" + rows(ENERGY, I0, IT) + "\n#S 3 ascan\n#N 3\n"
         "#L Energy  I0  I1\n" + rows(ENERGY[::-1], I0[::-1], IT[::-1]), spectra=2),
    text("spec_kev_crlf.dat", crlf("#F foil\n#E 1\n\n#S 12 exafs\n#N 4\n"
         "#L Photon Energy  Seconds  Monitor  Ion1\n"
         + rows(ENERGY / 1000.0, ONES, I0, IT, form="%.8f")), words="keV"),
    text("spec_mca_lines.spec", "#F foil\n\n#S 1 exafs\n#N 3\n#L Energy  I0  I1\n"
         + "".join(line + "\n@A 1 2 3 4 5 6\\\n 7 8 9\n"
                   for line in rows(ENERGY, I0, IT).splitlines())),
    # SSRL, Lytle
    text("ssrl.000", SSRL.format(n=6, names="Real time clock\nRequested energy\n"
         "Achieved energy\nI0\nI1\nI2")
         + rows(ONES, ENERGY + 1.0, ENERGY, I0, IT, IT)),
    text("ssrl_channels.000", SSRL.format(n=9, names="Real time clock\nRequested energy\n"
         "Achieved energy\nI0\nI1\nI2\nSCA1_1\nSCA1_2\nICR_1")
         + rows(ONES, ENERGY, ENERGY, I0, IT_DILUTE, IT, 0.5 * IF, 0.5 * IF, ICR),
         words="SCA1"),
    text("ssrl_control.001", "SSRL  EXAFS\x00\x01\x02\n" + rows(ENERGY, I0, IT),
         "refused"),
    text("lytle_steps.dat", "CUFOIL 1978 LYTLE\nNPTS, D, STEPS/DEGREE\n"
         f"{ENERGY.size} {SI_111:.5f} 4000\n"
         + rows(encoder_steps(), I0, IT, form="%.1f"), "columns", "steps"),
    text("lytle_named.dat", "LYTLE  Ni foil\nD=3.13554 STEPS/DEG=40000\n"
         "steps i0 it\n" + rows(encoder_steps(40000.0), I0, IT, form="%.0f"), "read",
         "steps"),
    text("lytle_energy.dat", "CUFOIL LYTLE DATABASE\n77K\n  ENERGY       MU\n"
         + rows(ENERGY, MU)),
    # KEK-PF
    text("pf_transmission.dat", pf("Transmission( 2)", 1, 2)
         + rows(ANGLE, ANGLE, ONES, I0, IT, form="%.7f")),
    text("pf_fluorescence.dat", pf("Fluorescence( 3)", 1, 3)
         + rows(ANGLE, ANGLE, ONES, I0, IF, form="%.7f"), words="self-absorption"),
    text("pf_commanded_angle.dat", pf("Transmission( 2)", 1, 2)
         + rows(ANGLE + 0.02, ANGLE, ONES, I0, IT, form="%.7f")),
    text("pf_ssd19.dat", pf("Fluorescence( 3)", 3, 3, 3, 1, 5)
         + rows(ANGLE, ANGLE, ONES, 0.3 * IF, 0.3 * IF, 0.4 * IF, I0, ICR,
                form="%.7f"), words="ifluor 1"),
    text("angle_crlf.dat", crlf("  9809     KEK-PF BL10B\n foil\n"
         " Mono :   SI(111)       D= 3.13554 A    Initial angle= 14.0 deg\n"
         " BL01B1   Transmission( 2)   Repetition=  1     Points=  417\n"
         "   Angle(c)  Angle(o)     time/s         1         2\n"
         "       Mode         0         0         1         2\n"
         "     Offset         0         0     0.000     0.000\n"
         + rows(ANGLE, ANGLE, ONES, I0, IT, form="%.7f"))),
    # SRS, DUBBLE, LUCIA, CLS
    text("dubble.dat", DUBBLE + rows(ENERGY, ONES, I0, IT), "columns"),
    text("dubble_named.dat", "# DUBBLE\n# Energy\tTime\tI0\tIt\tIref\n"
         + rows(ENERGY, ONES, I0, IT, IT, separator="\t")),
    text("srs_angle.dat", DUBBLE + rows(1000.0 * ANGLE, ONES, I0, IT), "columns"),
    text("lucia.txt", "#thetan\tenergy\ti0\ttey\tfluo\n"
         + rows(ANGLE, ENERGY, I0, ONES, IF, separator="\t")),
    text("samba.txt", "# Energy\tAngle\tMUX\tFLUO\tREF\tFLUO_RAW\tI0\tI1\tI2\n"
         + rows(ENERGY, ANGLE, MU, IF / I0, MU, IF, I0, IT, IT, separator="\t")),
    text("cls_hxma.dat", "# CLS Data Acquisition\n# Version: 1.0\n"
         "#(1) Energy\t(2) I0\t(3) I1\n"
         "# Event-ID\tEnergy:BraggGenerated\tMCS1:mcs02\tI0Detector\tTransDetector\n"
         + rows(ONES, ENERGY, ONES, I0, IT, separator="\t")),
    text("cls_sgm.dat", "# Energy (eV), I0 (A), It (A)\n"
         + rows(ENERGY, I0, IT, separator=", ")),
    # PETRA
    text("p65.fio", FIO.format("ENERGY_ENC DOUBLE", "IC0_VFC DOUBLE",
         "IC1_VFC DOUBLE") + rows(ENERGY, I0, IT)),
    text("p64.fio", FIO.format("energy(encoder) FLOAT", "i0 FLOAT", "i1 FLOAT")
         + rows(ENERGY, I0, IT)),
    text("p_named.fio", FIO.format("foil_ENERGY DOUBLE", "foil_I0 DOUBLE",
         "foil_I1 DOUBLE") + rows(ENERGY, I0, IT)),
    text("p_mu.fio", FIO.format("energy DOUBLE", "mu DOUBLE", "muref DOUBLE")
         + rows(ENERGY, MU, MU[::-1])),
    # FEFF
    text("chi.dat", "# Ni\n# k chi mag phase @#\n"
         + rows(TRUE_K, TRUE_CHI, np.abs(TRUE_CHI), 0.0 * TRUE_K)),
    text("chi_bare.dat", rows(TRUE_K, TRUE_CHI, np.abs(TRUE_CHI), 0.0 * TRUE_K)),
    text("chi_k2.dat", "# k k^2*chi\n" + rows(TRUE_K, TRUE_K**2 * TRUE_CHI), "refused",
         "weighted"),
    text("chi_k3_named.chi", "# k chi(k)*k^3\n" + rows(TRUE_K, TRUE_K**3 * TRUE_CHI),
         "refused", "weighted"),
    text("chi_k3_name.chi", "# k k3chi\n" + rows(TRUE_K, TRUE_K**3 * TRUE_CHI),
         "refused", "weighted"),
    text("chi_after_weighted.chi", "# k k2chi chi\n"
         + rows(TRUE_K, TRUE_K**2 * TRUE_CHI, TRUE_CHI)),
    text("chi_comma.chi", "# k;chi\n"
         + rows(TRUE_K, TRUE_CHI, separator=";").replace(".", ",")),
    text("athena.chi", "# Athena data file -- Athena version 0.8.054\n# Saving foil as "
         "chi(k)\n# .  Element=Ni    E0=8333.0\n#------\n# k chi chik chik2 chik3 win "
         "energy\n" + rows(TRUE_K, TRUE_CHI, TRUE_K * TRUE_CHI, TRUE_K**2 * TRUE_CHI,
         TRUE_K**3 * TRUE_CHI, 0.0 * TRUE_K, E0 + 3.81 * TRUE_K**2)),
    text("athena.nor", "# XDI/1.0 Demeter/0.9.26\n# Element.symbol: Ni\n"
         "# Element.edge: K\n# Column.1: energy eV\n# Column.2: norm\n"
         "# Column.3: nbkg\n# Column.4: flat\n# Column.5: fbkg\n# Column.6: nder\n"
         "# Column.7: nsec\n#---\n# energy norm nbkg flat fbkg nder nsec\n"
         + rows(ENERGY, MU - 0.4 + 3e-4 * (ENERGY - E0), ONES, MU, ONES, ONES, ONES)),
    text("athena.xmu", "# Athena data file\n# energy xmu bkg pre_edge post_edge der sec\n"
         + rows(ENERGY, MU, ONES, ONES, ONES, ONES, ONES)),
    text("chi_of_r_feff.dat", "# r chir_mag chir_re chir_im\n"
         + rows(0.03 * np.arange(200), np.sin(np.arange(200) / 9.0),
                np.sin(np.arange(200) / 9.0), np.cos(np.arange(200) / 9.0)), "refused",
         "chi(R)"),
    text("fitted_q.dat", "# q chiq_re chiq_im\n"
         + rows(TRUE_K, TRUE_CHI, TRUE_CHI), "refused", "chi(q)"),
    # several spectra
    text("marked_mu.xmu", "# Demeter 0.9.26 marked groups\n# energy  foil  cluster  film\n"
         + rows(ENERGY, MU, MU, MU), spectra=3),
    text("marked_norm.dat", "# Athena marked groups: norm(E)\n# energy foil_1 foil_2\n"
         + rows(ENERGY, MU, MU), spectra=2),
    text("marked_k2.dat", "# marked groups, k^2*chi(k)\n# k foil cluster\n"
         + rows(TRUE_K, TRUE_K**2 * TRUE_CHI, TRUE_K**2 * TRUE_CHI), "refused",
         "weighted"),
    text("larix.csv", LARIX + "# energy, foil, cluster\n"
         + rows(ENERGY, MU, MU, separator=", "), spectra=2),
    text("larix_quoted.csv", '"energy","foil a","cluster b"\n'
         + rows(ENERGY, MU, MU, separator=","), "columns"),
    text("series_temperature.dat", "# energy 300K 400K\n" + rows(ENERGY, MU, MU),
         spectra=2),
    # encodings, separators, ends of lines
    text("utf16.txt", "# energy\tmu\n" + rows(ENERGY, MU, separator="\t"),
         encoding="utf-16"),
    text("utf16be.txt", "\ufeffenergy\ti0\tit\r\n" + crlf(
         rows(ENERGY, I0, IT, separator="\t")), encoding="utf-16-be"),
    text("utf16_no_mark.txt", "energy\tmu\n" + rows(ENERGY, MU), encoding="utf-16-le"),
    text("bom.csv", "Energy (eV),mu\n" + rows(ENERGY, MU, separator=","),
         encoding="utf-8-sig"),
    text("latin1.dat", "# Probe: Lösung 5 µmol, 20 °C\n# energy i0 itrans\n"
         + rows(ENERGY, I0, IT), encoding="latin-1"),
    text("old_mac.dat", ("# energy mu\n" + rows(ENERGY, MU)).replace("\n", "\r")),
    text("mixed_ends.dat", "# energy mu\r" + crlf(rows(ENERGY, MU))),
    text("comma_german.txt", "Energie\tI0\tI1\n"
         + rows(ENERGY, I0, IT, separator="\t").replace(".", ","), "read"),
    text("comma_and_comma.csv", "energy, mu\n"
         + "".join(f"{e:.3f}, {m:.6f}\n".replace(".", ",") for e, m in
                   zip(ENERGY, MU, strict=True)), "refused", "comma"),
    text("comma_four_fields.csv", "".join(
         f"{e:.3f},{m:.6f}\n".replace(".", ",") for e, m in
         zip(ENERGY, MU, strict=True)), "refused", "comma"),
    text("integer_energies.txt", "energy;mu\n" + "".join(
         f"{round(e)};{m:.6f}\n".replace(".", ",") for e, m in
         zip(ENERGY[::2], MU[::2], strict=True)), "read"),
    text("thousands.csv", "energy;mu\n" + "".join(
         f"{e:,.3f};{m:.6f}\n" for e, m in zip(ENERGY, MU, strict=True)), "refused",
         "comma"),
    text("fortran.dat", " energy mu\n" + rows(ENERGY, MU, form="%.8e").replace("e", "D")),
    text("percent.dat", "% energy mu\n" + rows(ENERGY, MU)),
    text("slashes.dat", "// energy mu\n" + rows(ENERGY, MU)),
    text("asterisks.dat", "* energy mu\n*----\n" + rows(ENERGY, MU)),
    text("semicolon_sign.dat", "; energy i0 it\n" + rows(ENERGY, I0, IT)),
    text("quoted.csv", '"Energy","I0","It"\n' + rows(ENERGY, I0, IT, separator=",")),
    text("underlined.dat", "Energy  I0  It\n======  ==  ==\n" + rows(ENERGY, I0, IT)),
    text("units_line.dat", "Energy  I0  It\neV  V  V\n" + rows(ENERGY, I0, IT)),
    text("units_line_kev.dat", "Energy\tI0\tIt\nkeV\tA\tA\n"
         + rows(ENERGY / 1000.0, I0, IT, form="%.8f"), words="keV"),
    text("times_first.dat", "# date time energy i0 it\n" + "".join(
         f"2020-01-01 10:00:{i % 60:02d} {line}" for i, line in enumerate(
             rows(ENERGY, I0, IT).splitlines(keepends=True))), "refused"),
    text("trailing_semicolons.csv", "energy;i0;it;\n" + "".join(
         line + ";\n" for line in rows(ENERGY, I0, IT, separator=";").splitlines())),
    text("trailing_tabs.dat", "energy\ti0\tit\t\n" + "".join(
         line + "\t\n" for line in rows(ENERGY, I0, IT, separator="\t").splitlines())),
    # values
    text("nan_row.dat", "# energy mu\n" + table_with_nan(), "refused", "NaN"),
    text("missing_field.csv", "energy,i0,it\n" + rows(ENERGY, I0, IT, separator=",")
         .replace(f"{I0[50]:.6f}", ""), "refused", "empty"),
    text("short_row.dat", "# energy i0 it\n" + rows(ENERGY, I0, IT)
         + f"{ENERGY[-1] + 3:.3f} 1\n", "refused", "numbers"),
    text("longer_names.dat", "# energy i0 it extra\n" + rows(ENERGY, I0, IT), "columns"),
    text("one_name_missing.dat", "# energy i0 it\n" + rows(ENERGY, I0, IT, ONES),
         "columns"),
    text("repeated_scan.dat", "# energy mu\n" + rows(ENERGY, MU) + rows(ENERGY, MU),
         words="averaged"),
    text("up_and_down.dat", "# energy mu\n" + rows(ENERGY, MU)
         + rows(ENERGY[::-1], MU[::-1]), words="averaged"),
    text("wrong_sign.dat", "# energy mu\n" + rows(ENERGY, -MU), "refused"),
    text("ratio.dat", "# energy It/I0\n" + rows(ENERGY, IT / I0), "refused"),
    text("log_named.dat", "# energy ln(I0/It)\n" + rows(ENERGY, MU)),
    text("log_ten.dat", "# energy log10(I0/It)\n" + rows(ENERGY, MU / np.log(10.0))),
    text("swapped.dat", "# energy itrans i0\n" + rows(ENERGY, I0, IT), "refused"),
    text("i0_i1_if.dat", "# E  I0  I1  IF\n" + rows(ENERGY, I0, IT, IF)),
    text("wavelength.dat", "# wavelength mu\n" + rows(12398.4198 / ENERGY, MU,
         form="%.8f"), "refused"),
    text("relative_energy.dat", "# energy-E0 mu\n" + rows(ENERGY - E0, MU), "refused"),
    text("relative_named.dat", "# energy mu\n" + rows(ENERGY - E0, MU), "refused"),
    text("kev_named_ev.dat", "# energy(eV) mu\n"
         + rows(ENERGY / 1000.0, MU, form="%.8f"), words="keV"),
    text("hartree.dat", "# energy(Ha) mu\n" + rows(ENERGY / 27.2114, MU), "refused"),
    text("theta_two.dat", "# 2theta i0 it\n# Si(111)\n"
         + rows(2.0 * ANGLE, I0, IT, form="%.8f"), "columns"),
    text("radians.dat", "# theta(rad) i0 it\n# Si(111)\n"
         + rows(np.deg2rad(ANGLE), I0, IT, form="%.9f"), "refused",
         "degrees"),
    text("millidegrees.dat", "# Bragg(mdeg) i0 it\n# d-spacing: 3.13554\n"
         + rows(1000.0 * ANGLE, I0, IT, form="%.4f")),
    text("si_311_named_wrong.dat", "# Element.symbol: Ni\n# Element.edge: K\n"
         "# Si(311)\n# theta i0 it\n"
         + rows(ANGLE, I0, IT, form="%.8f"), "refused"),
    text("dark_fluorescence.dat", "# energy i0 it if\n" + rows(ENERGY, I0, IT, DEAD)),
    text("temperature.dat", "# energy i0 it temperature\n"
         + rows(ENERGY, I0, IT, TEMPERATURE)),
    text("icr_only.dat", "# energy i0 icr\n" + rows(ENERGY, I0, ICR), "columns"),
    text("xmap_icr.dat", "# energy i0 it roi1 roi2 icr1 icr2\n"
         + rows(ENERGY, I0, IT_DILUTE, 0.5 * IF, 0.5 * IF, ICR, ICR), words="roi1"),
    text("normalised_fluorescence.dat", "# energy i0 FluorSum\n" + rows(ENERGY, I0, IF)),
    text("names_elsewhere.dat", "# energy i0 it\n#\n# comment of five words here now\n"
         + rows(ENERGY, I0, IT)),
    text("i0_twice.dat", "# energy i0 i0 it\n" + rows(ENERGY, 0.5 * I0, I0, IT)),
    text("three_bare.dat", rows(ENERGY, I0, IT), "columns"),
    text("bare_reversed.dat", rows(MU, ENERGY), "refused"),
    text("mu_energy_named.dat", "# mu energy\n" + rows(MU, ENERGY)),
    text("bare_chi_energy.dat", rows(ENERGY, TRUE_CHI[0] + 0.0 * MU), "refused"),
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """A variant in HDF5: ``fill`` writes into an open file."""

    name: str
    fill: Callable[..., None]
    outcome: Outcome = "read"
    words: str = ""
    spectra: int = 1


def _bliss(file, names=("energy_enc", "I0", "I1"), scans=2, scale=1.0):
    for number in range(1, scans + 1):
        group = file.create_group(f"{number}.1/measurement")
        for name, values in zip(names, (scale * ENERGY, I0, IT), strict=True):
            group[name] = values


def _bliss_channels(file):
    for number in (1, 2):
        group = file.create_group(f"{number}.1/measurement")
        group["energy_enc"], group["I0"], group["I1"] = ENERGY, I0, IT_DILUTE
        for det in range(4):
            group[f"fluo_det{det}"] = 0.25 * IF
            group[f"icr_det{det}"] = ICR


def _channels_only(file):
    group = file.create_group("entry/measurement")
    group["energy"], group["i0"] = ENERGY / 1000.0, I0
    for det in range(3):
        group[f"roi_{det}"] = IF / 3.0


def _nxxas(file, kev=False, mode=""):
    entry = file.create_group("entry")
    entry["definition"] = "NXxas"
    entry["energy"] = ENERGY / 1000.0 if kev else ENERGY
    entry["energy"].attrs["units"] = "keV" if kev else "eV"
    entry["intensity"] = MU
    entry["element/symbol"], entry["edge/name"] = "Ni", "K"
    if mode:
        entry["mode/name"] = mode


def _nxxas_raw(file):
    entry = file.create_group("entry")
    entry["definition"] = "NXxas"
    entry["data/energy"] = ENERGY
    entry["data/absorbed_beam"] = IT
    entry["incoming_beam/data"] = I0


def _nameless(file):
    file["a"], file["b"] = ENERGY, MU


def _image(file):
    file["energy"] = ENERGY
    file["mu"] = np.stack([MU, MU, MU])


def _dead_channel(file):
    _channels_only(file)
    file["entry/measurement/roi_3"] = DEAD


CONTAINERS = (
    Container("bliss.h5", _bliss, spectra=2),
    Container("bliss_one.h5", lambda file: _bliss(file, scans=1)),
    Container("bliss_kev.h5", lambda file: _bliss(file, scale=1e-3), spectra=2),
    Container("bliss_other.h5", lambda file: _bliss(
        file, ("mono_energy", "mon", "ion1")), spectra=2),
    Container("bliss_channels.h5", _bliss_channels, spectra=2,
              words="fluo_det"),
    Container("channels.h5", _channels_only, words="roi_0"),
    Container("dead_channel.h5", _dead_channel, words="roi_0"),
    Container("nxxas.nxs", _nxxas),
    Container("nxxas_kev.nxs", lambda file: _nxxas(file, kev=True)),
    Container("nxxas_fluorescence.nxs", lambda file: _nxxas(
        file, mode="Fluorescence Yield"), words="self-absorption"),
    Container("nxxas_raw.nxs", _nxxas_raw),
    Container("nameless.h5", _nameless, "columns"),
    Container("stack.h5", _image, spectra=3),
)  # fmt: skip


def made(folder: Path, variant: Variant | Container) -> Path:
    """Write ``variant`` into ``folder`` and return its path."""
    path = folder / variant.name
    if isinstance(variant, Variant):
        path.write_bytes(variant.content)
        return path
    import h5py

    with h5py.File(path, "w") as file:
        variant.fill(file)
    return path
