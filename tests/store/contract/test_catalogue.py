from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store import Absent, Cursor, Gap, Resource, Series, SeriesKey, Store, open_store

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def series(name: str, metric: str = "CPUUtilization", **more: object) -> Series:
    key = SeriesKey("main", "eu-west-1", "AWS/EC2", metric, (("InstanceId", name),), "Average")
    return replace(Series(key, 60, Absent.UNKNOWN, "Percent", environment="prod", component="backend"), **more)  # type: ignore[arg-type]


def resource(name: str, **more: object) -> Resource:
    made = Resource(f"arn:{name}", "ec2:instance", name, "main", "eu-west-1", "prod", "backend", "running")
    return replace(made, **more)  # type: ignore[arg-type]


def test_series_are_found_by_all_that_is_asked(store: Store) -> None:
    one, two = series("i-1", resource_id="arn:i-1"), series("i-2", "NetworkIn", environment="dev")
    store.series.upsert([two, one])
    assert store.series.find() == [one, two]
    assert store.series.find(environment="prod") == store.series.find(resource_id="arn:i-1") == [one]
    assert store.series.find(metric="NetworkIn", stat="Average", namespace="AWS/EC2", component="backend") == [two]
    assert store.series.find(account="other") == store.series.find(region="us-east-1") == []
    assert store.series.get(two.id) == two
    assert store.series.get("s0") is None


def test_a_declaration_changes_what_was_declared(store: Store) -> None:
    store.series.upsert([series("i-1")])
    store.series.upsert([series("i-1", period=300, environment=None, title="CPU")])
    assert store.series.find() == [series("i-1", period=300, environment=None, title="CPU")]


def test_a_closed_series_is_opened_by_declaring_it_again(store: Store) -> None:
    one = series("i-1")
    store.series.upsert([one])
    store.series.close([one.id, "s0"], NOW)
    assert store.series.find() == []
    assert store.series.find(include_closed=True) == [replace(one, closed_at=NOW)]
    store.series.upsert([one])
    assert store.series.find() == [one]


def test_what_another_process_declares_is_seen_at_once(store: Store, store_url: str) -> None:
    assert store.series.find() == []
    with open_store(store_url) as other:
        other.series.upsert([series("i-1")])
        assert store.series.find() == [series("i-1")]
        other.series.close([series("i-1").id], NOW)
        assert store.series.find() == []
        store.series.upsert([series("i-1"), series("i-2")])
        assert len(other.series.find()) == 2
        other.samples.write({series("i-2").id: [(60, 1.0)]})
    assert store.samples.read([series("i-2").id], 0, 120)[series("i-2").id].pairs() == [(60, 1.0)]


def test_many_series_are_declared_at_once(store: Store) -> None:
    store.series.upsert(series(f"i-{place}") for place in range(1200))
    ids = [one.id for one in store.series.find()]
    store.samples.write({one: [(60, 1.0), (120, 2.0)] for one in ids})
    assert store.samples.latest(ids, now=180) == dict.fromkeys(ids, (120, 2.0))
    assert len(store.samples.read(ids, 0, 180)) == 1200


def test_cursors_come_back_and_promotions_outlive_a_commit(store: Store) -> None:
    one = series("i-1")
    store.series.upsert([one, series("i-2")])
    cursor = Cursor(one.id, 600, 1200, 0, 1500, hot_until=10, revised=2, failures=1, last_success=1200)
    store.commit_collection(samples={}, cursors=[cursor], gaps={}, claim=None)
    assert store.cursors.get() == store.cursors.get([one.id, "s0"]) == {one.id: cursor}
    store.cursors.promote([one.id, series("i-2").id], 5000)
    store.cursors.promote([one.id], 4000)
    store.commit_collection(samples={}, cursors=[cursor], gaps={}, claim=None)
    assert store.cursors.get() == {one.id: replace(cursor, hot_until=5000)}


def test_a_commit_adds_the_revised_points_to_their_own_cursor(store: Store) -> None:
    one, two = series("i-1"), series("i-2")
    store.series.upsert([one, two])
    for value in (1.0, 2.0):
        store.commit_collection(
            samples={one.id: [(0, value)], two.id: [(0, 1.0)]},
            cursors=[Cursor(each.id, 0, 60, 0, 60, revised=3) for each in (one, two)],
            gaps={two.id: [Gap(60, 120, "throttled")]},
            claim=None,
        )
    assert [store.cursors.get()[each.id].revised for each in (one, two)] == [4, 3]


def test_an_inventory_tells_what_came_changed_and_went(store: Store) -> None:
    first = store.resources.replace(
        "main", "eu-west-1", ["ec2:instance"], [resource("a"), resource("b"), resource("c")], NOW
    )
    assert [one.name for one in first.added] == ["a", "b", "c"]
    store.series.upsert([series("a", resource_id="arn:a"), series("b", resource_id="arn:b")])
    later = NOW + timedelta(minutes=10)
    given = [resource("b", state="stopped", tags={"Owner": "me"}), resource("c")]
    second = store.resources.replace("main", "eu-west-1", ["ec2:instance"], given, later)
    assert [[one.name for one in some] for some in (second.added, second.changed, second.closed)] == [[], ["b"], ["a"]]
    assert [one.key.dimensions[0][1] for one in store.series.find()] == ["b"]
    assert store.resources.get("arn:a") == resource("a", first_seen=NOW, last_seen=NOW, closed_at=later)
    assert store.resources.get("arn:c") == resource("c", first_seen=NOW, last_seen=later)
    third = store.resources.replace("main", "eu-west-1", ["ec2:instance"], [resource("a"), *given], later)
    assert [one.name for one in third.added] == ["a"]
    assert third.changed == third.closed == []


def test_an_inventory_leaves_other_types_and_places_alone(store: Store) -> None:
    disk = resource("disk", type="ec2:volume", attributes={"gib": 8, "이름": None})
    there = resource("there", region="us-east-1", component=None)
    store.resources.replace("main", "eu-west-1", ["ec2:volume"], [disk], NOW)
    store.resources.replace("main", "us-east-1", ["ec2:instance"], [there], NOW)
    changes = store.resources.replace("main", "eu-west-1", ["ec2:instance"], [], NOW)
    assert changes.closed == []
    assert [one.name for one in store.resources.find()] == ["there", "disk"]
    assert [one.name for one in store.resources.find(type="ec2:volume", environment="prod")] == ["disk"]
    assert store.resources.find(component="backend", region="us-east-1") == []
    assert store.resources.get("arn:disk") == replace(disk, first_seen=NOW, last_seen=NOW)
