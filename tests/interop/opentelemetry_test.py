"""OpenTelemetry's Python SDK with its OTLP/HTTP exporter, as their users install them."""
import time

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.resources import Resource

from http_front import Front, RestartInTheMiddle
from waiting import patient


class Exporter(OTLPLogExporter):
    """Tells what became of each batch."""

    def __init__(self, address, **kwargs):
        # Its ten seconds are for everything it tries.
        super().__init__(endpoint=f"http://{address}/v1/logs", timeout=patient(60.0), **kwargs)
        self.exported = lambda count: None
        self.results = []

    def export(self, batch):
        result = super().export(batch)
        self.results.append(result)
        self.exported(len(batch))
        return result


@pytest.fixture
def provider(request):
    def start(exporter, batch=512):
        provider = LoggerProvider(Resource.create({"service.name": "shop", "host.name": "web-1"}))
        provider.add_log_record_processor(BatchLogRecordProcessor(
            exporter, schedule_delay_millis=50, max_export_batch_size=batch))
        request.addfinalizer(provider.shutdown)
        return provider
    return start


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_a_record_is_an_event_with_all_it_had(oxd, program, provider, compression):
    oxingest = Front(program, oxd("collector", files=True))
    exporter = Exporter(oxingest.address, compression=compression)
    logs = provider(exporter)
    now = time.time_ns()
    logs.get_logger("my.library", "1.2", schema_url="s", attributes={"k": True}).emit(LogRecord(
        timestamp=now, observed_timestamp=now + 1, trace_id=0x5b8efff798038103d269b633813fc60c,
        span_id=0xeee19b7ec3c1b174, severity_text="careful", severity_number=SeverityNumber.WARN2,
        body={"text": "x", "list": [1, 2.5, None, b"\xff"]},
        attributes={"n": 7, "tags": ["a", "b"]}, event_name="e"))
    assert logs.force_flush()
    assert exporter.results == [LogRecordExportResult.SUCCESS]
    (event,) = oxingest.wait_events(1, "otlp.shop")
    assert event["host"] == "web-1" and event["end"] == now // 1000 / 1e6
    body = event["body"]
    assert (body["level"], body["level_name"], body["name"]) == (30, "careful", "my.library")
    assert body["body"]["text"] == "x" and body["body"]["list"][:3] == [1, 2.5, None]
    assert body["attributes"] == {"n": 7, "tags": ["a", "b"]} and body["event_name"] == "e"
    assert body["trace_id"] == "5b8efff798038103d269b633813fc60c"
    assert body["span_id"] == "eee19b7ec3c1b174"
    assert body["time_unix_nano"] == now and body["observed_time_unix_nano"] == now + 1
    assert body["scope"] == {"name": "my.library", "version": "1.2", "schema_url": "s",
                             "attributes": {"k": True}}
    assert body["resource"]["attributes"]["telemetry.sdk.language"] == "python"


def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, provider):
    """1,000 events. One comes twice only where a request was in doubt: OTLP cannot tell that it is
    the same one again."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    exporter = Exporter(oxingest.address)
    logs = provider(exporter, batch=20)
    logger = logs.get_logger("many")
    with RestartInTheMiddle(node, 1000) as collector:
        exporter.exported = collector.sent
        for n in range(1000):
            logger.emit(LogRecord(timestamp=time.time_ns(), body=f"event {n}", attributes={"n": n},
                                  severity_number=SeverityNumber.INFO))
        assert logs.force_flush(int(patient(60.0)) * 1000)
    assert set(exporter.results) == {LogRecordExportResult.SUCCESS}
    found = [event["body"]["attributes"]["n"] for event in oxingest.wait_events(1000, "otlp.shop")]
    assert set(found) == set(range(1000))
    assert len(found) - 1000 <= 20 * oxingest.counter("gate_in_doubt")
