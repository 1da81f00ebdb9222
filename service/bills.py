"""Fetches bill exports from S3, with the clients of the configured accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from collectors.aws import Aws
from collectors.meter import Meter
from service.clock import system_clock
from service.config import Loaded
from service.errors import ServiceError

_REGION = "us-east-1"
"""S3 answers for a bucket of any region and botocore follows it there."""
_BLOCK = 1 << 20


class NotFetched(ServiceError):
    """An object in S3 that cannot be read; the message says which and what to do."""


class Bucket:
    """`with Bucket(loaded) as bucket: bucket.fetch("s3://exports/cur/2026-10/", folder)`."""

    def __init__(self, loaded: Loaded) -> None:
        self._aws = Aws(loaded.settings.accounts, Meter(system_clock), agent="lamplighter-import")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._aws.close()

    def fetch(self, url: str, folder: Path) -> list[tuple[str, Path]]:
        """Stream an object to a file; of a prefix (it ends with /) every CSV, gzip and Parquet object below it.

        Raises:
            NotFetched: it is not there, may not be read, or broke off.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  slow to import
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  what a body that breaks off raises

        bucket, _, key = url.removeprefix("s3://").partition("/")
        client = self._aws.client(self._aws.accounts()[0].name, "s3", _REGION, job="import")
        try:
            keys = list(_below(client, bucket, key)) if key.endswith("/") or not key else [key]
            places = [_streamed(client, bucket, one, folder / f"object-{place}") for place, one in enumerate(keys)]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise NotFetched(
                f"{url} cannot be read: S3 says {code}. Check its name, and that this account may s3:GetObject"
                f"{' and s3:ListBucket' if key.endswith('/') else ''} there."
            ) from None
        except (BotoCoreError, HTTPError) as error:
            raise NotFetched(f"{url} could not be fetched: {error}. Try again.") from None
        if not places:
            raise NotFetched(f"{url} holds no CSV, gzip or Parquet objects: name the folder of one export's period.")
        return places


def _below(client: Any, bucket: str, prefix: str) -> Iterator[str]:  # noqa: ANN401  boto3 has no types
    token: dict[str, str] = {}
    while True:
        answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
        for one in answer.get("Contents", ()):
            if one["Key"].lower().endswith((".csv", ".gz", ".parquet")):
                yield one["Key"]
        if not answer.get("IsTruncated"):
            return
        token = {"ContinuationToken": answer["NextContinuationToken"]}


def _streamed(client: Any, bucket: str, key: str, target: Path) -> tuple[str, Path]:  # noqa: ANN401  the same
    target = target.parent / f"{target.name}-{Path(key).name}"
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    with target.open("wb") as file:
        for block in body.iter_chunks(_BLOCK):
            file.write(block)
    return f"s3://{bucket}/{key}", target
