from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.machine import cpu_model, describe_machine, total_memory


def test_the_processor_and_memory_are_read_as_linux_tells_them() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: AMD EPYC 7B13\nprocessor\t: 1\n") == "AMD EPYC 7B13"
    assert total_memory("MemTotal:       16777216 kB\nMemFree: 1 kB\n") == 16


def test_a_system_that_tells_neither_is_described_all_the_same() -> None:
    assert cpu_model("CPU part\t: 0xd0c\n") == ""
    assert total_memory("") == 0


def test_the_sentence_names_date_cores_and_python() -> None:
    sentence = describe_machine(datetime(2026, 11, 23, tzinfo=UTC)).sentence()
    assert sentence.startswith("2026-11-23, ")
    assert " cores of " in sentence
    assert "Python 3." in sentence
