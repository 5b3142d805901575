"""Secrets in URLs, where everyone who sees a sweep would see them, and in environment variables."""

import re
from collections.abc import Mapping

# The text may come from anyone: every repetition is bounded, so that the time grows only with its length.
# A password may contain slashes, but the digits in `host:80/` are a port.
_USER = re.compile(
    r"(?P<scheme>[a-zA-Z][\w+.-]{0,20})://"
    r"(?P<user>[^/?#\s@]{0,500}|[^/?#\s@:]{0,200}:(?!\d+/)[^?#\s@]{0,500})@"
)
_PARAMETER = re.compile(r"(?P<name>[?&;#][^=&;#\s]{1,100})=[^&;#\s]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRETS = frozenset(
    {
        *("apikey", "auth", "authorization", "credential", "credentials", "key", "passwd", "password"),
        *("pwd", "sas", "secret", "sig", "signature", "token"),
    }
)
_VARIABLE_WORDS = _SECRETS | {
    *("accesskey", "connstr", "cookie", "cookies", "dsn", "headers", "keys", "pass", "passphrase"),
    *("passwords", "pat", "secrets", "tokens"),
}
_WORD_ENDS = ("passwd", "password", "token", "secret", "connstr")
_NAME_ENDS = ("connection_string", "conn_str")
_NO_SECRETS = frozenset(
    {
        *("PWD", "OLDPWD", "SSH_AUTH_SOCK", "LS_COLORS", "GPG_KEY"),
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_DEFAULT_OUTPUT", "AWS_CA_BUNDLE", "AWS_PAGER"),
    }
)
"""Variables that are named like secrets and hold none: Python's container images have a public GPG_KEY."""
_REPOSITORIES = ("github",)
"""Schemes whose URLs have the owner, the repository and the version where others have a user."""
_OPEN_USERS = ("abfs", "abfss", "ftp", "gcs", "gs", "hdfs", "sftp", "smb", "ssh", "wasb", "wasbs", "webhdfs")
"""Schemes in which a user without a password is an account or a container; in others it is often a token."""


def secret_in(url: str) -> str | None:
    """What kind of secret the URL holds, without the secret itself; None if it holds none."""
    if any(map(_is_secret_user, _USER.finditer(url))):
        return "a user's name or password"
    names = [match["name"] for match in _PARAMETER.finditer(url) if _is_secret_name(match["name"])]
    return f"a secret, '{names[0][1:]}=...'" if names else None


def without_secrets(text: str) -> str:
    """The text, its URLs with stars in place of their secrets."""
    text = _USER.sub(
        lambda match: f"{match['scheme']}://***@" if _is_secret_user(match) else match[0],
        text,
    )
    return _PARAMETER.sub(
        lambda match: f"{match['name']}=***" if _is_secret_name(match["name"]) else match[0],
        text,
    )


def secret_variables(variables: Mapping[str, str]) -> frozenset[str]:
    """The names of the environment variables that look like secrets, by their names or their values.

    These are words such as KEY and TOKEN, all of AWS's, and values such as a URL with a password.
    """
    return frozenset(name for name, value in variables.items() if is_secret_variable(name, value))


def is_secret_variable(name: str, value: str) -> bool:
    """Whether an environment variable looks like a secret."""
    if name in _NO_SECRETS:
        return False
    is_named_so = name.startswith("AWS_") or name.lower().endswith(_NAME_ENDS) or _has_secret_word(name)
    return is_named_so or "PRIVATE KEY-----" in value or secret_in(value) is not None


def _has_secret_word(name: str) -> bool:
    words = {word.lower() for word in [*re.split(r"[^a-zA-Z]+", name), *_WORD.findall(name)]}
    return any(word in _VARIABLE_WORDS or word.endswith(_WORD_ENDS) for word in words)


def _is_secret_user(match: re.Match[str]) -> bool:
    scheme, user = match["scheme"].lower(), match["user"]
    return scheme not in _REPOSITORIES and (":" in user or scheme not in _OPEN_USERS)


def _is_secret_name(name: str) -> bool:
    return any(word.lower() in _SECRETS for word in _WORD.findall(name))
