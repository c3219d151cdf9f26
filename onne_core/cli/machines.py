"""Where a run of the command line takes place, as its options say."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

from onne_core.errors import OnneError

if TYPE_CHECKING:
    from onne_core.execution import Backend
    from onne_core.pipeline.sets.ownership import Portion

WORKERS = 2
"""Processes of this machine where none are asked for."""


@Parameter(name="*")
@dataclass(frozen=True)
class Machines:
    """Where the shards are made.

    Parameters
    ----------
    workers
        Processes of this machine to use; the result does not depend on it. Two, if
        not given.
    scheduler
        Address of a Dask scheduler, such as tls://host:8786, whose workers make the
        shards.
    tls_ca
        With --scheduler: certificate of the authority (PEM), else Dask's configuration
        distributed.comm.tls.ca-file.
    tls_cert
        Likewise: certificate of this client, else distributed.comm.tls.client.cert.
    tls_key
        Likewise: its private key, else distributed.comm.tls.client.key.
    insecure
        Allow connections beyond this machine that are not encrypted. Whoever reaches
        such a scheduler runs programs as you.
    shard
        I/N, for the jobs of an array: only every N-th shard from the I-th on. Several
        jobs may share the folder; onne merge makes the set of them.
    """

    workers: int | None = None
    scheduler: str | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False
    shard: str | None = None

    def backend(self) -> "Backend":
        """Return where tasks run.

        Raises
        ------
        OnneError
            If options contradict each other.
        """
        from onne_core.execution import DaskCluster, Pool

        secured = (self.tls_ca, self.tls_cert, self.tls_key)
        if self.scheduler is None:
            if self.insecure or any(secured):
                raise OnneError("--insecure and --tls-... need --scheduler.")
            workers = WORKERS if self.workers is None else self.workers
            if workers < 1:
                raise OnneError(f"--workers {workers}: give at least 1.")
            return Pool(workers)
        if self.workers is not None:
            raise OnneError(
                "--workers is for this machine; with --scheduler its workers do it all."
            )
        for path in secured:
            if path is not None and not path.is_file():
                raise OnneError(f"{path}: no such file; give the PEM file.")
        return DaskCluster(self.scheduler, *secured, insecure=self.insecure)

    def portion(self) -> "Portion | None":
        """Return what --shard asks for, None if for everything.

        Raises
        ------
        OnneError
            If it is not I/N.
        """
        from onne_core.pipeline.sets.ownership import Portion

        if self.shard is None:
            return None
        number, _, of = self.shard.partition("/")
        if not (number.isdecimal() and of.isdecimal()):
            raise OnneError(
                f"--shard {self.shard}: give I/N with I from 1 to N, such as 3/8."
            )
        return Portion(int(number), int(of))
