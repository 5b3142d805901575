import pytest

from sweepflow.base.credentials import secret_in, without_secrets
from sweepflow.data.source import DataSource
from sweepflow.errors import DataError, Problem, SpecError
from sweepflow.spec.spec import Spec

OPEN = [
    "s3://bucket/folder/table.csv",
    "https://host/table.csv",
    "https://host:8080/a@b/table.csv?author=me&design=2&country_code=de&page=3",
    "https://docs.host/d/e/1/pub?gid=0&single=true&output=csv",
    "abfs://container@account.dfs.core.windows.net/table.csv",
    "wasbs://container@account.blob.core.windows.net/table.csv",
    "sftp://me@host/table.csv",
    "hdfs://me@host:8020/table.csv",
    "hf://datasets/owner/name@main/table.csv",
    "github://owner:repository@main/table.csv",
    "simplecache::s3://bucket/table.csv",
    "a file, at C: me@host",
]
SECRET = [
    "s3://key:hunter2@bucket/table.csv",
    "s3://key:hun/ter/hunter2@bucket/table.csv",
    "https://me:hunter2@host/table.csv",
    "https://hunter2@raw.host/table.csv",
    "ftp://me:hunter2@host:21/table.csv",
    "sftp://me:hunter2@host/table.csv",
    "simplecache::https://me:hunter2@host/table.csv",
    "zip://table.csv::s3://key:hunter2@bucket/t.zip",
    "https://host/table.csv?token=hunter2",
    "https://host/table.csv?page=3&access_token=hunter2",
    "https://host/table.csv?sv=1&sig=hunter2",
    "https://host/table.csv?X-Amz-Signature=hunter2",
    "https://host/table.csv?AWSAccessKeyId=hunter2",
    "https://host/table.csv?api_key=hunter2",
    "https://host/table.csv#access_token=hunter2",
]
SPEC = {
    "trial": {"estimator": "sklearn.svm.SVC"},
    "search_space": {"C": {"type": "choice", "values": [1, 2]}},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "limits": {"max_total_trials": 2},
}


@pytest.mark.parametrize("url", OPEN)
def test_a_url_without_secrets_stays_as_it_is(url):
    assert secret_in(url) is None
    assert without_secrets(url) == url
    assert DataSource(path=url, target="y").path == url


@pytest.mark.parametrize("url", SECRET)
def test_a_url_with_a_secret_is_refused_as_data_and_the_secret_is_not_told(url):
    with pytest.raises(SpecError, match=r"data.path: must not hold a .*AWS_SECRET_ACCESS_KEY") as caught:
        Spec.parse({**SPEC, "data": {"path": url, "target": "y"}})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value)


@pytest.mark.parametrize("url", SECRET)
@pytest.mark.parametrize(
    "wrong",
    [
        lambda url: {"data": url},
        lambda url: {"data": {"path": [url], "target": "y"}},
        lambda url: {"data": {"path": url, "target": "y", "storage_options": {"secret": "hunter2"}}},
        lambda url: {"trial": {"function": url}},
        lambda url: {"limits": url, "sampling_algorithm": url},
    ],
)
def test_no_error_tells_a_secret_of_a_url_wherever_it_was_put(url, wrong):
    with pytest.raises(SpecError) as caught:
        Spec.checked({**SPEC, **wrong(url)}, is_trusted=False)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", SECRET)
def test_an_error_made_of_a_text_with_a_secret_does_not_tell_it(url):
    for error in (SpecError([Problem("x", f"cannot open {url}")]), DataError("x", f"cannot open {url}")):
        assert "hunter2" not in str(error)
        assert "hunter2" not in repr(error)
        assert "cannot open" in str(error)


def test_storage_options_are_no_field_and_their_values_are_not_told():
    with pytest.raises(SpecError, match="unknown field 'storage_options'") as caught:
        Spec.parse(
            {**SPEC, "data": {"path": "s3://b/x.csv", "target": "y", "storage_options": {"key": "hunter2"}}}
        )
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("piece", ["x", "?", "://", "a://b:c", "?a", "a:", "@", "#=", "a://"])
def test_a_long_text_takes_a_time_that_grows_with_its_length_alone(piece):
    text = piece * (100_000 // len(piece))
    without_secrets(text)  # with the square of it, this would take minutes
