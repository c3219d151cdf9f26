"""Options for where a run takes place: this computer, a Dask cluster, or job arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

from onne_core.errors import OnneError

if TYPE_CHECKING:
    from onne_core.execution import Backend
    from onne_core.pipeline.sets.ownership import Portion

WORKERS = 2
"""Default number of processes on this computer."""


@Parameter(name="*")
@dataclass(frozen=True)
class Machines:
    """Where the shards are computed.

    Parameters
    ----------
    workers
        Number of processes on this computer, 2 by default. Does not affect the result.
    scheduler
        Address of a Dask scheduler whose workers compute the shards, such as
        tls://host:8786.
    tls_ca
        With --scheduler: CA certificate (PEM); by default distributed.comm.tls.ca-file
        of Dask's configuration.
    tls_cert
        Client certificate (PEM); by default distributed.comm.tls.client.cert.
    tls_key
        Private key of the client; by default distributed.comm.tls.client.key.
    insecure
        Allow unencrypted connections to other computers. Anyone who can reach such a
        scheduler can run programs as you.
    shard
        I/N, for job arrays: compute only every N-th shard, starting with the I-th. Jobs
        may share the folder; onne merge completes the set.
    """

    workers: int | None = None
    scheduler: str | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False
    shard: str | None = None

    def backend(self) -> "Backend":
        """Return the backend that runs the tasks.

        Raises
        ------
        OnneError
            If options contradict each other.
        """
        from onne_core.execution import DaskCluster, Pool

        secured = (self.tls_ca, self.tls_cert, self.tls_key)
        if self.scheduler is None:
            if self.insecure or any(secured):
                raise OnneError("--insecure and --tls-... require --scheduler.")
            workers = WORKERS if self.workers is None else self.workers
            if workers < 1:
                raise OnneError(f"--workers {workers}: give at least 1.")
            return Pool(workers)
        if self.workers is not None:
            raise OnneError(
                "--workers is for this computer; it cannot be combined with "
                "--scheduler."
            )
        for path in secured:
            if path is not None and not path.is_file():
                raise OnneError(f"{path}: no such file; give the PEM file.")
        return DaskCluster(self.scheduler, *secured, insecure=self.insecure)

    def portion(self) -> "Portion | None":
        """Return the portion given by --shard, None for all shards.

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
