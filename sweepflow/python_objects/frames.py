"""A DataFrame as a file, so that a sweep on it can be resumed and its trials read it."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import home
from sweepflow.errors import DataError


def saved(frame: pd.DataFrame, field: str) -> str:
    """The path of a Parquet file with the columns of the frame, without its index.

    Equal frames share a file. DataError, with this field of the spec, if a column cannot be written.
    """
    folder = private_folder(home() / "frames")
    try:
        table = pa.Table.from_pandas(frame.rename(columns=str), preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = " ".join(str(part) for part in error.args).split("\n")[0]
        raise DataError(field, f"the DataFrame cannot be written as a table: {reason}") from error
    buffer = pa.BufferOutputStream()
    pa.parquet.write_table(table.replace_schema_metadata(), buffer)
    content = buffer.getvalue()
    path = Path(folder, f"{hashlib.sha256(content).hexdigest()[:16]}.parquet")
    try:
        os.utime(path)  # else `prune` could take it for one that nobody needs any more
    except FileNotFoundError:
        with replacing(path) as partial:
            partial.write_bytes(content)
    return str(path)
