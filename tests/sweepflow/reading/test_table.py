import gzip
import importlib
import io
import os
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

import sweepflow.reading.table
from sweepflow.errors import DataError
from sweepflow.fields.nearest import did_you_mean
from sweepflow.reading.csv_files import CsvReading
from sweepflow.reading.source_files import Source, open_source
from sweepflow.reading.table import read_table

CSV = "a,b\n1,x\n2,y\n"
TABLE = pa.table({"a": [1, 2], "b": ["x", "y"]})


def read(path: object, *as_text: str) -> dict[str, list[Any]]:
    with open_source(str(path)) as source:
        result: dict[str, list[Any]] = read_table(source, CsvReading(as_text)).to_pydict()
    return result


def look(path: object) -> Source:
    with open_source(str(path)) as source:
        return source


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_arrow(path: Path, table: pa.Table, *, is_stream: bool = False) -> Path:
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", CSV)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "T.CSV", "with space é.csv"])
def test_a_csv_file_is_read_by_its_suffix(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path / name, CSV)) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("name", ["t.csv.gz", "t.tsv.gz"])
def test_a_gzipped_csv_file_is_unpacked(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path / name, gzip.compress(CSV.encode()))) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("name", ["t.parquet", "t.pq"])
def test_a_parquet_file_is_read(tmp_path: Path, name: str) -> None:
    pa.parquet.write_table(TABLE, tmp_path / name)
    assert read(tmp_path / name) == TABLE.to_pydict()


@pytest.mark.parametrize("name", ["t.arrow", "t.feather", "t.ipc"])
@pytest.mark.parametrize("is_stream", [True, False])
def test_an_arrow_file_is_read_as_file_and_as_stream(tmp_path: Path, name: str, is_stream: bool) -> None:
    assert read(write_arrow(tmp_path / name, TABLE, is_stream=is_stream)) == TABLE.to_pydict()


def test_a_compressed_feather_file_is_read(tmp_path: Path) -> None:
    pa.feather.write_feather(TABLE, str(tmp_path / "t.feather"), compression="zstd")
    assert read(tmp_path / "t.feather") == TABLE.to_pydict()


@pytest.mark.parametrize("name", ["t.xlsx", "t.json", "t", "csv"])
def test_another_suffix_is_refused_with_the_ones_that_can_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=rf"{name} is of a kind .* must be one of \.csv, \.tsv, .*\.ipc"):
        read(write(tmp_path / name, CSV))


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    path = write(tmp_path / "t.csv", CSV.replace(",", delimiter))
    assert read(path) == {"a": [1, 2], "b": ["x", "y"]}


def test_a_delimiter_within_quotes_does_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", '"a;b;c;d",e\n1,2\n')
    assert read(path) == {"a;b;c;d": [1], "e": [2]}


def test_names_are_kept_verbatim(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "Größe (cm), b ,数\n1,2,3\n")
    assert list(read(path)) == ["Größe (cm)", " b ", "数"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(write(tmp_path / "t.csv", "\ufeff" + CSV)) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_value_in_quotes_may_span_lines(tmp_path: Path, newline: str) -> None:
    path = write(tmp_path / "t.csv", newline.join(["a,b", '1,"x', 'y"', "2,z", ""]))
    assert read(path) == {"a": [1, 2], "b": [f"x{newline}y", "z"]}


@pytest.mark.parametrize("missing", ["", '""', "NA", "NaN", "null", "N/A", "None", "<NA>"])
def test_the_usual_words_are_missing_values_in_text_too(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path / "t.csv", f"a,b\n1,x\n{missing},{missing}\n")
    assert read(path) == {"a": [1, None], "b": ["x", None]}


def test_another_word_is_a_value(tmp_path: Path) -> None:
    assert read(write(tmp_path / "t.csv", "a,b\n1,x\n2,missing\n"))["b"] == ["x", "missing"]


def test_types_are_found_in_all_rows_not_the_first_ones(tmp_path: Path) -> None:
    n_rows = 3_000_000
    path = write(tmp_path / "t.csv", "a,b\n" + "1,2\n" * n_rows + "1.5,x\n")
    with open_source(str(path)) as source:
        table = read_table(source)
    assert table.schema.types == [pa.float64(), pa.string()]
    assert table.num_rows == n_rows + 1


def test_a_column_can_be_kept_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,b\n01,2024-01-31\n")
    assert read(path) == {"a": [1], "b": [date(2024, 1, 31)]}
    assert read(path, "a", "b", "not there") == {"a": ["01"], "b": ["2024-01-31"]}


def test_with_semicolons_a_comma_is_a_decimal_point(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a;b;c\n1,5;1,5;x\n-2;1.5;1,5\n;;\n")
    assert read(path) == {"a": [1.5, -2.0, None], "b": ["1,5", "1.5", None], "c": ["x", "1,5", None]}


def test_latin_1_text_is_refused_with_the_column(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,name\n1,x\n2,é\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"column 'name' of .*t\.csv \(2 rows\) is not UTF-8 .*save it as"):
        read(path)


def test_latin_1_names_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "é,b\n1,x\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"the column names of .*t\.csv are not UTF-8, save it as UTF-8"):
        read(path)


def test_a_row_with_too_many_values_is_refused_with_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,b\n1,2\n1,2,3\n")
    with pytest.raises(DataError, match=r"t\.csv cannot be read as CSV.*Row #3: Expected 2 columns, got 3"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"a,b,a\n1,2,3\n"),
        ("t.parquet", None),
        ("t.arrow", None),
    ],
)
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    table = pa.table([[1], [2], [3]], names=["a", "b", "a"])
    if content:
        write(path, content)
    elif name.endswith("parquet"):
        pa.parquet.write_table(table, path)
    else:
        write_arrow(path, table)
    with pytest.raises(DataError, match=rf"{name} has 2 columns 'a' \(1 rows\): give each its own name"):
        read(path)


# What is not what it should be


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path / "wine.csv", CSV)
    with pytest.raises(
        DataError, match=r"^data\.path: there is no file .*vine\.csv: did you mean 'wine\.csv'"
    ):
        read(tmp_path / "vine.csv")
    with pytest.raises(DataError, match=r"there is no file .*other/vine\.csv: check the path$"):
        read(tmp_path / "other" / "vine.csv")


def test_other_files_of_the_folder_are_not_told(tmp_path: Path) -> None:
    write(tmp_path / "secret.csv", CSV)
    with pytest.raises(DataError, match=r"there is no file .*zzz: check the path$"):
        read(tmp_path / "zzz")


def test_the_file_is_named_as_the_user_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^data\.path: there is no file \./wine\.csv: "):
        read("./wine.csv")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv is empty \(0 bytes\)"):
        read(write(tmp_path / "t.csv", ""))
    with pytest.raises(DataError, match=r"t\.csv\.gz is empty \(0 bytes\)"):
        read(write(tmp_path / "t.csv.gz", gzip.compress(b"", mtime=0)))
    with pytest.raises(DataError, match=r"t\.csv cannot be read as CSV.*Empty CSV file"):
        read(write(tmp_path / "t.csv", "\n\n"))


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv has a header but no rows \(0 rows\)"):
        read(write(tmp_path / "t.csv", "a,b\n"))
    pa.parquet.write_table(TABLE[:0], tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"t\.parquet has a header but no rows \(0 rows\)"):
        read(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (b"PAR1" + b"\0" * 20, "Parquet"),
        (b"ARROW1\0\0", "Arrow"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip"),
        (zipped(), r"zip \(or Excel\)"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16 text"),
        (b"\n<!DOCTYPE html><html></html>", "HTML or XML"),
        (b'[{"a": 1}]', "JSON"),
        (b"a,b\n1,\0\0\n", "binary data"),
    ],
)
def test_a_csv_file_must_hold_text(tmp_path: Path, content: bytes, looks_like: str) -> None:
    path = write(tmp_path / "t.csv", content)
    with pytest.raises(DataError, match=rf"t\.csv is not CSV but looks like {looks_like}: write it as"):
        read(path)


@pytest.mark.parametrize(("name", "format"), [("t.parquet", "Parquet"), ("t.arrow", "Arrow")])
def test_text_is_no_table_of_another_format(tmp_path: Path, name: str, format: str) -> None:
    with pytest.raises(DataError, match=f"{name} is not {format} but looks like text"):
        read(write(tmp_path / name, CSV))


def test_an_old_feather_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not Arrow but looks like Feather version 1"):
        read(write(tmp_path / "t.feather", b"FEA1" + b"\0" * 20))


def test_text_is_no_gzip_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv\.gz is not gzip but looks like text"):
        read(write(tmp_path / "t.csv.gz", CSV))


def test_what_is_in_a_gzip_file_must_be_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv\.gz is not CSV but looks like Parquet"):
        read(write(tmp_path / "t.csv.gz", gzip.compress(b"PAR1", mtime=0)))


def test_a_gzip_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv\.gz cannot be read as CSV.*[Tt]runcated"):
        read(write(tmp_path / "t.csv.gz", gzip.compress(CSV.encode())[:-9]))


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.ipc"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        pa.parquet.write_table(TABLE, path)
    else:
        write_arrow(path, TABLE, is_stream=name.endswith("ipc"))
    content = path.read_bytes()
    write(path, content[: int(len(content) * share)])
    with pytest.raises(DataError, match=f"{name} cannot be read as (Parquet|Arrow), mend it or write it"):
        read(path)


def test_a_parquet_file_with_damaged_pages_is_refused(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": list(range(1000))}), tmp_path / "t.parquet")
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[4:200] = b"\xff" * 196
    with pytest.raises(DataError, match=r"t\.parquet cannot be read as Parquet"):
        read(write(tmp_path / "t.parquet", bytes(content)))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "t.csv", CSV)

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(
        DataError, match=r"t\.csv cannot be read, check that it is there and may be read: .*Permission denied"
    ):
        read(path)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r"there is no file .*t\.csv"):
        read(tmp_path / "t.csv")


# Folders


def test_a_folder_is_all_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", "a\n2\n")
    write(tmp_path / "a" / "z.csv", "a\n1\n")
    write(tmp_path / "c.csv.gz", gzip.compress(b"a\n3\n", mtime=0))
    assert read(tmp_path) == {"a": [1, 2, 3]}


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", CSV)
    for name in (".hidden.csv", "_SUCCESS", "_meta/b.csv", ".git/c.csv"):
        write(tmp_path / name, "other\n1\n")
    assert read(tmp_path) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("name", [None, "_SUCCESS", ".hidden.csv"])
def test_a_folder_without_files_is_refused(tmp_path: Path, name: str | None) -> None:
    if name:
        write(tmp_path / name, CSV)
    with pytest.raises(DataError, match=r"is a folder without files \(0 files\)"):
        read(tmp_path)


def test_a_folder_holds_one_format(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", CSV)
    pa.parquet.write_table(TABLE, tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"holds CSV and Parquet files \(2 in all\): keep one format"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("t.xlsx", r"pandas\.read_excel\('.*t\.xlsx'\)\.to_parquet\('.*t\.parquet'\)"),
        ("t.json", r"pandas\.read_json\('.*t\.json'\)\.to_parquet"),
        ("t.jsonl", r"pandas\.read_json\('.*t\.jsonl', lines=True\)\.to_parquet"),
        ("t.zip", "unpack it first"),
        ("t.csv.bz2", "unpack it first"),
        ("t.dat", r"may be renamed to \.csv"),
        ("t", r"may be renamed to \.csv"),
        ("spec.yml", "`sweepflow run .*spec.yml` runs it"),
    ],
)
def test_what_makes_a_file_of_another_kind_readable_is_told(tmp_path: Path, name: str, cure: str) -> None:
    write(tmp_path / name, "content")
    with pytest.raises(DataError, match=f"is of a kind that is not read .*; .*{cure}"):
        read(tmp_path / name)


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16"])
def test_how_to_save_other_text_as_utf_8_is_told(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes("name,x\nZoë,1\n".encode(encoding))
    with pytest.raises(
        DataError, match=rf"save it as UTF-8 .*iconv -f {encoding} -t utf-8 .*t\.csv > new\.csv"
    ):
        read(tmp_path / "t.csv")


def test_a_file_of_another_kind_in_a_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", CSV)
    write(tmp_path / "README.md", "# Words")
    with pytest.raises(DataError, match=r"README\.md is of a kind that is not read \(\.md\)"):
        read(tmp_path)


def test_integers_and_floats_in_several_files_are_floats(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "1.parquet")
    pa.parquet.write_table(pa.table({"b": ["y"], "a": [0.5]}), tmp_path / "2.parquet")
    assert read(tmp_path) == {"a": [1.0, 0.5], "b": ["x", "y"]}


def test_a_column_without_values_in_one_file_takes_the_type_of_the_others(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", "a,b\n1,\n")
    write(tmp_path / "2.csv", "a,b\n2,x\n")
    assert read(tmp_path) == {"a": [1, 2], "b": [None, "x"]}


def test_numbers_and_booleans_in_several_files_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", "a,b\n1,2\n")
    write(tmp_path / "2.csv", "a,b\n2,true\n")
    with pytest.raises(DataError, match=r"the files in .* do not agree, .*Field b has incompatible types"):
        read(tmp_path)


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", "a,b\n1,2\n")
    write(tmp_path / "2.csv", "a,c\n1,2\n")
    with pytest.raises(DataError, match=r"2\.csv and .*1\.csv differ, one has no column 'b'"):
        read(tmp_path)


def test_values_in_the_names_of_folders_are_not_lost(tmp_path: Path) -> None:
    write(tmp_path / "year=2024" / "a.csv", CSV)
    with pytest.raises(DataError, match=r"year=2024/a\.csv has values in its folder's name"):
        read(tmp_path)
    assert read(tmp_path / "year=2024") == {"a": [1, 2], "b": ["x", "y"]}


# URLs


def test_a_url_is_copied_and_read(tmp_path: Path) -> None:
    with fsspec.open("memory://bucket/t.csv", "wb") as stream:
        stream.write(CSV.encode())
    assert read("memory://bucket/t.csv") == {"a": [1, 2], "b": ["x", "y"]}
    assert look("memory://bucket/t.csv").fingerprint == look(write(tmp_path / "u.csv", CSV)).fingerprint
    with open_source("memory://bucket/t.csv") as source:
        copy = source.files[0].path
        assert copy.exists()
    assert not copy.exists()


def test_a_folder_behind_a_url_is_read() -> None:
    for name, value in (("a/2.csv", 2), ("1.csv", 1), ("_SUCCESS", 3)):
        with fsspec.open(f"memory://folder/{name}", "wb") as stream:
            stream.write(f"a\n{value}\n".encode())
    assert read("memory://folder") == {"a": [1, 2]}
    assert look("memory://folder/").files[0].name == "memory://folder/1.csv"


def test_a_file_url_is_read_where_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", CSV)
    assert look(f"file://{path}").files[0].path == path
    assert read(f"file://{path}") == {"a": [1, 2], "b": ["x", "y"]}


def test_a_url_without_a_file_is_refused() -> None:
    with pytest.raises(DataError, match=r"memory://nowhere/t\.csv cannot be read, check that it is there"):
        read("memory://nowhere/t.csv")


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(DataError, match=r"foo://b/t\.csv cannot be read, .*Protocol not known: foo"):
        read("foo://b/t.csv")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.import_module("fsspec.registry").known_implementations
    entry = {"class": "no_such_package.FileSystem", "err": "Install s3fs to access S3"}
    monkeypatch.setitem(known, "sweep", entry)
    with pytest.raises(DataError, match=r"sweep://b/t\.csv cannot be read, .*: Install s3fs to access S3"):
        read("sweep://b/t.csv")


# Fingerprints


def test_the_fingerprint_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a" / "t.csv", CSV), write(tmp_path / "b" / "u.csv", CSV)
    assert look(one).fingerprint == look(two).fingerprint
    assert look(one).fingerprint != look(write(two, CSV + "3,z\n")).fingerprint


def test_the_fingerprint_of_a_folder_knows_where_a_file_ends(tmp_path: Path) -> None:
    for folder, contents in (("1", ("a\n1\n2\n", "a\n3\n")), ("2", ("a\n1\n", "a\n2\n3\n"))):
        for name, content in zip("xy", contents, strict=True):
            write(tmp_path / folder / f"{name}.csv", content)
    assert look(tmp_path / "1").fingerprint != look(tmp_path / "2").fingerprint


# Columns


def test_dictionaries_are_decoded(tmp_path: Path) -> None:
    table = pa.table(
        {"a": pa.array(["x", "y"]).dictionary_encode(), "b": pa.array([5, 7]).dictionary_encode()}
    )
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    with open_source(str(tmp_path / "t.parquet")) as source:
        assert read_table(source).schema.types == [pa.string(), pa.int64()]


def test_a_table_that_is_read_bit_by_bit_comes_in_one_piece(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sweepflow.reading.table, "_ROWS_AT_ONCE", 7)
    words = pa.array([f"w{n % 13}" for n in range(100)])
    columns = {"a": range(100), "b": words.dictionary_encode(), "c": [[n] for n in range(100)]}
    pa.parquet.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=30)
    with open_source(str(tmp_path / "t.parquet")) as source:
        table = read_table(source)
    assert table.to_pydict() == {**columns, "a": [*range(100)], "b": words.to_pylist()}
    assert [column.num_chunks for column in table.columns] == [1, 1, 1]


def test_a_big_parquet_file_is_read_in_less_than_twice_the_memory_of_its_table(tmp_path: Path) -> None:
    columns = {f"c{n}": pa.array(range(n, n + 300_000)) for n in range(20)}
    pa.parquet.write_table(pa.table(columns), tmp_path / "t.parquet", use_dictionary=False)
    script = (
        "import sys, pyarrow as pa\nfrom sweepflow.reading.source_files import open_source\n"
        "from sweepflow.reading.table import read_table\n"
        "with open_source(sys.argv[1]) as source:\n    table = read_table(source)\n"
        "print(pa.default_memory_pool().max_memory() / table.nbytes)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "t.parquet")]
    assert float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) < 2


def test_decimals_are_read(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": [Decimal("1.25")]}), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet") == {"a": [Decimal("1.25")]}


def test_the_nearest_name_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("diagnosys", ["ID", "Diagnosis"]) == "did you mean 'Diagnosis'?"
    assert did_you_mean("zzz", ["a", "b"]) == "there is 'a', 'b'"
    assert did_you_mean("zzz", [f"c{n}" for n in range(11)]).endswith("'c9', ...")
