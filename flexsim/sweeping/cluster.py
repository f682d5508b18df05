"""The same work on a cluster: dask.distributed, by way of joblib.

The cluster is named where flexsim is started (an option, an argument, the environment), never in a
scenario: its workers run what they are sent, so the name must not come from a stranger's file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.scenario.names import shown

#: A cluster of worker processes on this machine.
LOCAL = "local"
#: Environment variable that names the cluster if nothing else does.
VARIABLE = "FLEXSIM_CLUSTER"
#: Seconds to wait for the scheduler, and for its first worker.
PATIENCE = 60


@contextmanager
def connected(where: str, workers: int | None) -> Iterator[int]:
    """Let joblib use a cluster; gives the number of its threads.

    Parameters
    ----------
    where : str
        ``local``, the address of a scheduler (``tcp://node1:8786``), or its scheduler file.
    workers : int, optional
        Worker processes of a local cluster; default one for each processor.

    Raises
    ------
    ScenarioError
        If dask is not installed, or `where` is neither an address nor a file.
    WorkplaceError
        If there is no scheduler, or it has no workers.
    """
    try:
        import distributed
    except ImportError:
        raise ScenarioError(
            "cluster: dask is not installed; pip install 'flexsim[cluster]'"
        ) from None
    from joblib import parallel_config

    dask: Any = distributed  # not typed
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if where == LOCAL:
        with (
            dask.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            dask.Client(cluster) as client,
            parallel_config(backend="dask", client=client),
        ):
            yield len(cluster.workers)
        return
    arguments = {"address": where} if "://" in where else {"scheduler_file": _file(where)}
    try:
        client = dask.Client(timeout=PATIENCE, **arguments)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, TimeoutError) as error:
        raise WorkplaceError(f"cluster: no workers at {shown(where, 200)} ({error})") from None
    with client, parallel_config(backend="dask", client=client):
        yield sum(client.nthreads().values())


def _file(where: str) -> str:
    if not Path(where).is_file():
        raise ScenarioError(
            f"cluster: {shown(where, 200)} is no scheduler file, and no address such as"
            f" tcp://node1:8786; or write {LOCAL}"
        )
    return where
