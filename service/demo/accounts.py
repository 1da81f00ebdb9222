"""Whose call it is: the account behind an access key."""

from __future__ import annotations

import re
from threading import Lock

from service.demo.source import AwsRequest, AwsResponse
from service.demo.upstream import DEFAULT_ACCOUNT

_OWN = re.compile(r"AKIA(\d{12})DEMO")


def access_key(account: str) -> str:
    """The fake access key that acts as an account from the start."""
    return f"AKIA{account}DEMO"


class Accounts:
    """Learns keys from the answers of STS and IAM as they go by. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, str] = {}

    def of(self, key: str) -> str:
        """The account of a key; an unknown key is the default account's, as with moto."""
        own = _OWN.fullmatch(key)
        if own:
            return own[1]
        return self._known.get(key, DEFAULT_ACCOUNT)

    def learn(self, key: str, account: str) -> None:
        """Remember a key."""
        with self._lock:
            self._known[key] = account

    def assume_role(self, request: AwsRequest) -> AwsResponse:
        """Answer sts:AssumeRole: the new key belongs to the account that stands in the role's ARN."""
        response = request.forward()
        self.learn(response.result["Credentials"]["AccessKeyId"], str(request.params["RoleArn"]).split(":")[4])
        return response

    def create_access_key(self, request: AwsRequest) -> AwsResponse:
        """Answer iam:CreateAccessKey: the new key belongs to the caller's account."""
        response = request.forward()
        self.learn(response.result["AccessKey"]["AccessKeyId"], request.account)
        return response
