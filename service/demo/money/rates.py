"""What a unit of each usage type costs: by the price book, or what was public when the book lacks it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from service.demo.money.items import Key

_HOUR, _MONTH, _GB, _REQUEST, _METRIC = "Hrs", "GB-Mo", "GB", "Requests", "Metrics"


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars for one unit, and the unit's name in Cost Explorer."""

    amount: Decimal
    unit: str


_KNOWN: dict[str, tuple[str, str]] = {
    "APN2-BoxUsage:m5.large": ("0.118", _HOUR),
    "APN2-BoxUsage:m5.4xlarge": ("0.944", _HOUR),
    "APN2-BoxUsage:t3.large": ("0.104", _HOUR),
    "APN2-BoxUsage:t3.micro": ("0.013", _HOUR),
    "APN2-NatGateway-Hours": ("0.059", _HOUR),
    "APN2-NatGateway-Bytes": ("0.059", _GB),
    "APN2-EBS:VolumeUsage.gp3": ("0.0912", _MONTH),
    "APN2-EBS:VolumeUsage.gp2": ("0.114", _MONTH),
    "APN2-DataTransfer-Out-Bytes": ("0.126", _GB),
    "APN2-LoadBalancerUsage": ("0.0225", _HOUR),
    "APN2-LCUUsage": ("0.008", "LCU-Hrs"),
    "APN2-InstanceUsage:db.t3.micro": ("0.028", _HOUR),
    "APN2-Multi-AZUsage:db.t3.micro": ("0.056", _HOUR),
    "APN2-RDS:GP2-Storage": ("0.131", _MONTH),
    "APN2-RDS:GP3-Storage": ("0.131", _MONTH),
    "APN2-RDS:Multi-AZ-GP2-Storage": ("0.262", _MONTH),
    "APN2-RDS:Multi-AZ-GP3-Storage": ("0.262", _MONTH),
    "APN2-NodeUsage:cache.t3.micro": ("0.024", _HOUR),
    "AP-DataTransfer-Out-Bytes": ("0.120", _GB),
    "AP-Requests-Tier2-HTTPS": ("0.0000012", _REQUEST),
    "APN2-TimedStorage-ByteHrs": ("0.025", _MONTH),
    "APN2-Requests-Tier2": ("0.00000035", _REQUEST),
    "APN2-CW:MetricMonitorUsage": ("0.30", _METRIC),
    "APN2-DataProcessing-Bytes": ("0.76", _GB),
    "APN2-PublicIPv4:InUseAddress": ("0.005", _HOUR),
    "APN2-PublicIPv4:IdleAddress": ("0.005", _HOUR),
    "USE1-APIRequest": ("0.01", _REQUEST),
}
"""Public on-demand prices of Seoul and us-east-1, first tier, November 2026."""
_UNKNOWN = ("0.10", _HOUR)


def rate_of(key: Key) -> Rate:
    """The rate of an item."""
    amount, unit = _KNOWN.get(key.usage_type, _UNKNOWN)
    return Rate(Decimal(amount), unit)
