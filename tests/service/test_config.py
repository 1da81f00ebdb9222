"""The configuration as a whole: every fault at once, with its path and a remedy."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import config
from service.config.difference import differences
from service.errors import ConfigInvalid

EVERY_FAULT = """
stack:
  timezone: Asia/Soul
  components:
    backend: {depends_on: [postgres]}
accounts:
  - {name: main, regions: [ap-northeast-9]}
  - {name: main, external_id: x}
colect: {}
collect:
  metrics: {every: 5, resolutoin: 1m}
probes:
  - {name: home}
bill: {monthly_cap: -1}
web: {listen: nowhere}
"""


def faults(text: str, **environ: str) -> dict[str, str]:
    with pytest.raises(ConfigInvalid) as caught:
        config.loads(text, environ)
    return {fault.path: f"{fault.message} {fault.remedy}" for fault in caught.value.faults}


def test_tells_every_fault_at_once_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    found = faults(EVERY_FAULT)
    assert "Asia/Seoul" in found["stack.timezone"]
    assert "did you mean `collect`?" in found["colect"]
    assert "did you mean `resolution`?" in found["collect.metrics.resolutoin"]
    assert "5m" in found["collect.metrics.every"]
    assert "did you mean 'ap-northeast-" in found["accounts.0.regions"]
    assert "role_arn" in found["accounts.1"]
    assert "url or tcp" in found["probes.0"]
    assert "bill.monthly_cap" in found
    assert "127.0.0.1:8080" in found["web.listen"]


def test_an_empty_file_is_valid_and_so_is_each_section_alone() -> None:
    assert config.loads("", {}).settings == config.Settings()
    for section in config.Settings.model_fields:
        assert config.loads(f"{section}:\n", {}).settings == config.Settings()


def test_environments_and_components_may_stand_at_the_top() -> None:
    loaded = config.loads("environments: {dev: , prod: {}}\ncomponents: {backend: {}}\nstack: {name: shop}", {})
    assert list(loaded.settings.stack.environments) == ["dev", "prod"]
    assert list(loaded.settings.stack.components) == ["backend"]
    assert loaded.settings.stack.name == "shop"


def test_the_same_part_in_two_places_is_refused() -> None:
    assert "both" in " ".join(faults("environments: {dev: {}}\nstack: {environments: {prod: {}}}").values())


def test_a_secret_comes_from_the_environment_and_is_shown_by_its_name_only() -> None:
    loaded = config.loads("store: {url: 'postgresql://lamp:${DB_PASSWORD}@db/lamp'}", {"DB_PASSWORD": "hunter22"})
    assert loaded.settings.store.url == "postgresql://lamp:hunter22@db/lamp"
    assert "hunter22" not in loaded.effective_yaml()
    assert "${DB_PASSWORD}" in loaded.effective_yaml()


def test_a_variable_that_is_not_set_is_a_fault_with_its_path() -> None:
    assert "DB_URL is not set" in faults("store: {url: '${DB_URL}'}")["store.url"]


def test_secrets_written_into_the_file_are_masked_all_the_same() -> None:
    shown = config.loads(
        "store: {url: 'postgresql://lamp:hunter22@db/lamp'}\n"
        "accounts: [{role_arn: 'arn:aws:iam::123456789012:role/lamp', external_id: hunter22}]\n"
        "probes: [{name: a, url: 'https://u:hunter22@x.example/?access_token=hunter22'}]",
        {},
    ).effective_yaml()
    assert "hunter22" not in shown


@pytest.mark.parametrize(
    ("text", "place"),
    [("stack: [", "line 1"), ("a: 1\na: 2", "line 2"), ("- 1", "(file)"), ("stack: {name: a}\n\tb: 1", "line 2")],
)
def test_text_that_is_no_configuration_names_the_place(text: str, place: str) -> None:
    assert any(place in path for path in faults(text))


def test_cross_references_are_checked() -> None:
    found = faults("environments: {prod: {}}\nprobes: [{name: a, url: 'http://x', environment: prd}]")
    assert "prod" in found["probes.0.environment"]


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="--config FILE"):
        config.load(tmp_path / "none.yaml", {})


def test_a_catalogue_is_meant_from_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lamplighter.yaml"
    file.write_text("collect: {catalogue: [mine.yaml]}")
    assert config.load(file, {}).settings.collect.catalogue == [tmp_path / "mine.yaml"]


def test_differences_name_each_setting() -> None:
    before = config.loads("bill: {monthly_cap: 10}", {}).effective()
    after = config.loads("bill: {monthly_cap: 20}\nprobes: [{name: a, tcp: 'db:5432'}]", {}).effective()
    found = {change.path: change for change in differences(before, after)}
    assert str(found["bill.monthly_cap"]) == "~ bill.monthly_cap: 10 -> 20"
    assert found["probes.0"].before is None
    assert set(found) == {"bill.monthly_cap", "probes.0"}


def test_the_schema_knows_every_section_and_the_short_places() -> None:
    properties = config.schema()["properties"]
    assert {*config.Settings.model_fields, "environments", "components", "rules", "rule_files"} == set(properties)


def test_the_effective_configuration_is_valid_again() -> None:
    first = config.loads("collect: {metrics: {every: 10m}}\nenvironments: {dev: {}}", {})
    again = config.loads(first.effective_yaml(), {})
    assert again.settings == first.settings
    assert again.settings.collect.metrics.every == timedelta(minutes=10)


def test_a_fault_never_repeats_a_secret() -> None:
    told = " ".join(
        faults("web: {login: {users: [{name: a, password_hash: 12345678}]}, metrics_token: hunter22}").values()
    )
    assert "12345678" not in told
    assert "hunter22" not in told


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*config.Settings.model_fields, "environments", "components", "name", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_rubbish_is_refused_with_faults_and_nothing_else(values: object) -> None:
    if not isinstance(values, dict):
        return
    with suppress(ConfigInvalid):
        config.validate(values, {}, "(rubbish)")
