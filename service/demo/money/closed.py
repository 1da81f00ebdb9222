"""Keeps moto from answering what only a Cost Explorer of our own may answer."""

from __future__ import annotations

from botocore.loaders import Loader

from service.demo.source import AwsError, AwsRequest, AwsResponse, Handler

_SERVICES = ("ce", "budgets")


def closed_handlers() -> dict[tuple[str, str], Handler]:
    """A refusal for each operation of Cost Explorer and Budgets."""
    loader = Loader()
    return {
        (service, action): _refuse
        for service in _SERVICES
        for action in loader.load_service_model(service, "service-2")["operations"]
    }


def _refuse(request: AwsRequest) -> AwsResponse:
    message = f"the embedded AWS does not implement {request.service}:{request.action}"
    raise AwsError("NotImplemented", message, 501)
