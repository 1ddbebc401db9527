"""--syslog-tls: syslog over TLS, with certificates of clients and without."""
import ssl
import subprocess

import pytest

from feed_front import FeedFront, ended
from http_front import RestartInTheMiddle
from processes import run
from waiting import patient

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
MESSAGE = b"<34>1 2003-10-11T22:14:15.003Z host su - ID47 - hi"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                   timeout=patient(60.0))


class Certificates:
    """An authority, a server and a client that it knows, and one that made its own certificate."""

    def __init__(self, directory):
        self.directory = directory
        openssl("req", "-x509", *CURVE, "-subj", "/CN=authority", "-keyout", self.path("authority.key"),
                "-out", self.path("authority.pem"))
        for name in ("localhost", "client"):
            openssl("req", "-new", *CURVE, "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"),
                    "-out", self.path(f"{name}.csr"))
            openssl("x509", "-req", "-days", "1", "-in", self.path(f"{name}.csr"), "-CA",
                    self.path("authority.pem"), "-CAkey", self.path("authority.key"), "-CAcreateserial",
                    "-out", self.path(f"{name}.pem"))
        openssl("req", "-x509", *CURVE, "-subj", "/CN=stranger", "-keyout", self.path("stranger.key"),
                "-out", self.path("stranger.pem"))

    def path(self, name):
        return str(self.directory / name)

    def context(self, name=None):
        """Of a client, with the certificate of that name."""
        context = ssl.create_default_context(cafile=self.path("authority.pem"))
        context.check_hostname = False
        if name:
            context.load_cert_chain(self.path(f"{name}.pem"), self.path(f"{name}.key"))
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls(oxd, program, certificates):
    def start(*settings, **node):
        options = ["127.0.0.1:0", "cert=" + certificates.path("localhost.pem"),
                   "key=" + certificates.path("localhost.key"), *settings]
        return FeedFront(program, oxd("collector", files=True, **node), "--syslog-tls", ",".join(options))
    return start


def counted(*messages):
    return b"".join(b"%d %s" % (len(message), message) for message in messages)


def test_counted_octets_over_tls(tls, certificates):
    front = tls()
    with certificates.context().wrap_socket(front.connect("syslog_tls")) as client:
        client.sendall(counted(MESSAGE, b"<13>1 - - - - - - two\nlines"))
        first, second = front.wait_events(2, "syslog")
        # The connection stays, and goes on.
        client.sendall(counted(b"<13>" + b"x" * 100_000))
        _, _, third = front.wait_events(3, "syslog")
    assert first["body"]["message"] == "hi" and first["body"]["msgid"] == "ID47"
    assert second["body"]["message"] == "two\nlines"
    assert third["body"]["message"] == "x" * 100_000


def test_nothing_is_lost_while_the_collector_is_killed_and_started_again(tls, certificates):
    front = tls(same_ports=True)
    with certificates.context().wrap_socket(front.connect("syslog_tls")) as client:
        with RestartInTheMiddle(front.node, 1000) as collector:
            for n in range(1000):
                client.sendall(counted(b"<13>event %d" % n))
                collector.sent()
    events = front.wait_events(1000, "syslog")
    assert [e["body"]["message"] for e in events] == [f"event {n}" for n in range(1000)]


def test_much_at_once_arrives_whole(tls, certificates):
    """More than one read of the socket decrypts to."""
    front = tls()
    with certificates.context().wrap_socket(front.connect("syslog_tls")) as client:
        client.sendall(b"".join(counted(b"<13>event %d" % n) for n in range(50_000)))
    events = front.wait_events(50_000, "syslog")
    assert [e["body"]["message"] for e in events] == [f"event {n}" for n in range(50_000)]


def test_clients_are_asked_for_a_certificate(tls, certificates):
    front = tls("ca=" + certificates.path("authority.pem"))
    for stranger in (None, "stranger"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            # TLS 1.3 tells the client after its handshake.
            with certificates.context(stranger).wrap_socket(front.connect("syslog_tls")) as client:
                client.sendall(counted(b"<13>no"))
                client.recv(1)
    with certificates.context("client").wrap_socket(front.connect("syslog_tls")) as client:
        client.sendall(counted(b"<13>yes"))
    assert [e["body"]["message"] for e in front.wait_events(1, "syslog")] == ["yes"]
    front.wait_counter("stream_syslog_tls_errors", 2)


def test_what_is_no_tls_is_closed(tls):
    front = tls()
    with front.connect("syslog_tls") as client:
        client.sendall(MESSAGE + b"\n")
        try:
            while client.recv(100):  # an alert
                pass
        except ConnectionResetError:
            pass
    front.wait_counter("stream_syslog_tls_errors", 1)
    assert front.events("syslog") == []


def test_the_end_does_not_wait_for_a_handshake(tls):
    front = tls()
    with front.connect("syslog_tls") as silent:
        front.wait_counter("stream_syslog_tls_connections_accepted", 1)
        assert front.program.stop() == 0
        assert ended(silent)


def test_wrong_files_are_told(certificates, tmp_path):
    def start(cert, key, ca=None):
        more = f",ca={ca}" if ca else ""
        result = run("oxingest", "--syslog-tls", f"127.0.0.1:0,cert={cert},key={key}{more}")
        assert result.code == 78 and len(result.error_lines()) == 1, result
        return result.stderr
    cert, key = certificates.path("localhost.pem"), certificates.path("localhost.key")
    assert "no-such.pem" in start(tmp_path / "no-such.pem", key)
    assert "mismatch" in start(cert, certificates.path("client.key"))
    assert "no-such.ca" in start(cert, key, tmp_path / "no-such.ca")
