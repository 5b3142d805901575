import pytest

from sweepflow.base.credentials import secret_in, secret_variables, without_secrets
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


@pytest.mark.parametrize(
    "name",
    [
        *("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_DATABASE_PASSWORD", "HF_TOKEN"),
        *("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "WANDB_API_KEY", "OPENAI_API_KEY", "GITHUB_PAT", "PGPASSWORD"),
        *("MYSQL_PWD", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "SENTRY_DSN", "apiToken"),
        *("AZURE_STORAGE_CONNECTION_STRING", "CUSTOMCONNSTR_main", "KAGGLE_KEY", "NPM_AUTH", "DB_PASS"),
        *("PREFECT_CLIENT_CUSTOM_HEADERS", "KEY1", "GITHUBTOKEN", "MLFLOW_TRACKING_PASSWORD", "secretKey"),
    ],
)
def test_an_environment_variable_with_such_a_name_is_a_secret(name):
    assert secret_variables({name: "x", "PATH": "/bin"}) == {name}


@pytest.mark.parametrize(
    "value",
    [
        "postgresql+asyncpg://me:hunter2@host:5432/db",
        "https://hunter2@host/api",
        "Endpoint=sb://x.net/;SharedAccessKeyName=root;SharedAccessKey=hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
    ],
)
def test_an_environment_variable_with_such_a_value_is_a_secret(value):
    assert secret_variables({"WHERE": value}) == {"WHERE"}


def test_the_usual_environment_variables_are_no_secrets():
    usual = {
        "PATH": "/usr/bin:/bin",
        "PWD": "/home/me",
        "OLDPWD": "/",
        "HOME": "/home/me",
        "LANG": "C.UTF-8",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "XAUTHORITY": "/run/x",
        "GPG_KEY": "A035C8C19219BA821ECEA86B64E628F8D684696D",
        "LS_COLORS": "rs=0:di=01;34:*.key=00;36:",
        "TOKENIZERS_PARALLELISM": "false",
        "CUDA_VISIBLE_DEVICES": "0",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CA_BUNDLE": "/etc/ssl/certs/ca.pem",
        "PYTHONPATH": "/src",
        "KEYBOARD_LAYOUT": "de",
        "PATTERN": "*.csv",
        "COMPASS": "north",
        "http_proxy": "http://proxy:3128",
        "PREFECT_API_URL": "http://127.0.0.1:4200/api",
        "DATABASE": "sqlite:////home/me/x.db",
        "SWEEPFLOW_FUNCTION_MODULES": "a,b",
    }
    assert secret_variables(usual) == set()
