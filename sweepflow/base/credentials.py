"""Secrets that people write into a URL, where everyone who sees a sweep would see them."""

import re

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


def _is_secret_user(match: re.Match[str]) -> bool:
    scheme, user = match["scheme"].lower(), match["user"]
    return scheme not in _REPOSITORIES and (":" in user or scheme not in _OPEN_USERS)


def _is_secret_name(name: str) -> bool:
    return any(word.lower() in _SECRETS for word in _WORD.findall(name))
