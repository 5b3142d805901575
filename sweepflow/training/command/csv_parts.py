"""The prepared rows as CSV files, which a command in any language can read."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sweepflow.data.prepared import PreparedData
from sweepflow.training.inputs import names_of_parts, part_path


def write_parts(data: PreparedData) -> None:
    """Write the training and the validation rows as CSV files, the features in their order, then the target.

    Where columns have a role, further files have these: weight, group and time, row by row. Missing values
    are empty, and times are written as in ISO 8601. Files that are there already are kept.
    """
    folder = Path(data.folder)
    missing = [name for name in names_of_parts(data.roles) if not part_path(data, name).exists()]
    # Beside the folder, and under a name of their own: two sweeps may begin with the same data at once.
    with TemporaryDirectory(prefix=".", dir=folder.parent) as temporary:
        for part in missing:
            built = Path(temporary, part)
            built.touch(mode=0o600)
            with pa.memory_map(str(folder / f"{part.replace('_', '.')}.arrow")) as stream:
                table = pa.ipc.open_file(stream).read_all()
                columns = map(_without_nan, table.column_names, table.columns)
                pa.csv.write_csv(pa.table(dict(columns)), built)
            built.replace(part_path(data, part))


def _without_nan(name: str, column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    """The column with nulls in the place of NaN, which is a word to some readers."""
    is_float = pa.types.is_floating(column.type)
    return name, pc.if_else(pc.is_nan(column), None, column) if is_float else column
