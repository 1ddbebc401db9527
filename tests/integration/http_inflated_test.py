"""Bodies that are small as they are sent, and have no end when they are unpacked."""
import gzip
import zlib

import pytest

from http_front import JSON, LINES, PATH, Front
from memory import assert_grew_less, resident

MIB = 1 << 20
SENT = MIB  # bytes of a body
ZEROS = bytes(10 * MIB)


def gzip_bomb():
    """Members behind each other: each 10 MiB, a thousandth of it as sent, which is gzip's best."""
    member = gzip.compress(ZEROS, 9)
    return member * (SENT // len(member))


def deflate_bomb():
    packer = zlib.compressobj(9)
    start = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    more = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + more * (SENT // len(more))


def zstd_bomb():
    """A frame with a window of 8 MiB and blocks of one repeated byte, 128 KiB in 4 bytes: 10 GB and more
    (RFC 8878, sections 3.1.1.1 and 3.1.1.2)."""
    magic, descriptor, window = b"\x28\xb5\x2f\xfd", b"\x00", b"\x68"
    block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, "little") + b"0"
    return magic + descriptor + window + block * (SENT // len(block))


BOMBS = {"gzip": gzip_bomb, "deflate": deflate_bomb, "zstd": zstd_bomb}


@pytest.mark.parametrize("encoding", BOMBS)
@pytest.mark.parametrize("path, kind", [(PATH, JSON), ("/api/v1/events/x", JSON), ("/api/v1/events", JSON),
                                        (PATH, LINES), ("/api/v1/events/x", LINES), ("/fluent/x", JSON),
                                        ("/v1/logs", JSON), ("/loki/api/v1/push", JSON),
                                        ("/services/collector/event", JSON)])
def test_a_body_that_inflates_without_end_is_413_and_costs_no_memory(oxd, program, encoding, path, kind):
    """1 MiB of gzip or deflate can become 1 GiB, and of zstd, 32 GiB."""
    body = BOMBS[encoding]()
    assert SENT * 0.9 < len(body) < SENT * 1.1
    oxingest = Front(program, oxd("collector", files=True))
    assert oxingest.post('{"n": 1}', JSON, "/api/v1/events/warm").status == 201
    before = resident(oxingest.program)
    assert oxingest.post(body, kind, path, headers={"Content-Encoding": encoding}).status == 413
    assert_grew_less(oxingest.program, before, 16 * MIB)
    assert oxingest.post('{"n": 2}', JSON, "/api/v1/events/warm").status == 201
    assert len(oxingest.wait_events(2, "warm")) == 2
