"""Secrets that people write into a URL, where everyone who sees a sweep would see them."""

import re

# Whose text it is, nobody knows: every repetition has a bound, so that the time grows with the length alone.
# A key may have slashes; what follows a host and a colon is a port.
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
_REPOSITORIES = ("github",)
"""Their URLs name the owner, the repository and the version in the place of a user."""
_OPEN_USERS = ("abfs", "abfss", "ftp", "gcs", "gs", "hdfs", "sftp", "smb", "ssh", "wasb", "wasbs", "webhdfs")
"""With them, a user without a password is an account or a container; elsewhere it is often a token."""


def secret_in(url: str) -> str | None:
    """What in the URL is a secret, without telling it; None if nothing is."""
    if any(map(_is_secret_user, _USER.finditer(url))):
        return "a user's name or password"
    names = [found["name"] for found in _PARAMETER.finditer(url) if _is_secret_name(found["name"])]
    return f"a secret, '{names[0][1:]}=...'" if names else None


def without_secrets(text: str) -> str:
    """The text, with stars for the secrets in its URLs."""
    text = _USER.sub(
        lambda found: f"{found['scheme']}://***@" if _is_secret_user(found) else found[0],
        text,
    )
    return _PARAMETER.sub(
        lambda found: f"{found['name']}=***" if _is_secret_name(found["name"]) else found[0],
        text,
    )


def _is_secret_user(found: re.Match[str]) -> bool:
    scheme, user = found["scheme"].lower(), found["user"]
    return scheme not in _REPOSITORIES and (":" in user or scheme not in _OPEN_USERS)


def _is_secret_name(name: str) -> bool:
    return any(word.lower() in _SECRETS for word in _WORD.findall(name))
