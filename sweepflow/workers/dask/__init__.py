"""Trials on a Dask cluster: a task each, which trains in a child process of its worker.

In the flow's process:
- `compute.py` the fields of a spec; the only module that is imported before a sweep needs the cluster;
- `pool.py`    the pool: submits a task per trial, and ends them;
- `remote.py`  one trial as the flow sees it: answers its messages, and decides how it ended;
- `admission.py` makes workers ready that have what the sweep needs, as `versions.py` and `workforce.py` say;
- `link.py`    the connection to the scheduler: messages in, answers out, workers that are gone;
- `connection.py` connects to a scheduler, if there is one;
- `cluster.py` the processes of `cluster: local`;
- `goods.py`   which files workers need that cannot see those of the flow;
- `delivery.py` takes them there, and what trials leave back;
- `own_log.py` where Dask's own log goes.

In a worker's process:
- `station.py` what a pool has on one worker: the local pool of child processes that trains its trials;
- `execution.py` one trial as the worker sees it: asks the flow what to do at each report;
- `mirror.py`  the flow's files on a worker that cannot see them;
- `task.py`    what Dask runs there: the task of a trial, and calls on the worker's event loop.

`messages.py` says what they tell each other.

A worker sends numbered messages as events of a topic, one at a time, and each again until it is answered, the
last one as the result of its task: an event that Dask drops, or an answer that gets lost, only costs time.
The flow answers by a call on the worker's event loop. It lets a trial begin only once, so that nothing counts
twice if Dask runs a task again.
"""
