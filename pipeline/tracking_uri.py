"""The address of a tracking store: which ones are taken, and how one is told without its secrets."""

from __future__ import annotations

import re

KNOWN = ("sqlite:", "postgresql", "mysql", "mssql", "http://", "https://")
ESCAPED = {"@": "%40", "/": "%2F", "?": "%3F", "#": "%23"}
# A password may hold any character but blanks, unescaped ones that end an address too: all up to the last @ goes.
_OF_AN_ADDRESS = re.compile(r"://[^\s'\"]*@")
_IN_A_QUERY = re.compile(r"(?i)([a-z_]*(?:password|passwd|pwd|secret|token)[a-z_]*)(['\"]?\s*[=:]\s*)[^&\s;,)}]+")


def redacted(text: str) -> str:
    """Text in which no address shows its user, its password, or a secret of its query."""
    return _IN_A_QUERY.sub(r"\1\2***", _OF_AN_ADDRESS.sub("://***@", text))


def fault_of(value: object) -> str:
    """What is wrong with a `tracking.uri`, in words; empty where nothing is."""
    if value == "off":
        return ""
    if not isinstance(value, str) or not value.startswith(KNOWN):
        return (
            "needed null (the home's own store), off, or an address that begins with "
            f"{', '.join(KNOWN)}; a folder of files is no store that MLflow still takes"
        )
    if value.startswith("sqlite:"):
        return ""
    # Unescaped, a piece of the password would be read as the host, which every driver tells.
    user = value.partition("://")[2].rpartition("@")[0]
    unescaped = ", ".join(f"{sign} written as {code}" for sign, code in ESCAPED.items() if sign in user)
    return unescaped and f"needed user and password with {unescaped}: an address ends where one of these begins"
