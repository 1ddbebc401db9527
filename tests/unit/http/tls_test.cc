// The same server behind TLS, with a certificate made here.
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

// Writes a self-signed certificate for "localhost" and its key.
void write_certificate(const std::string& certificate_file, const std::string& key_file) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  std::unique_ptr<FILE, decltype(&fclose)> file(fopen(certificate_file.c_str(), "w"), &fclose);
  REQUIRE(PEM_write_X509(file.get(), certificate.get()) == 1);
  file.reset(fopen(key_file.c_str(), "w"));
  REQUIRE(PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

struct TlsServer : HttpFixture {
  TlsServer() {
    certificate = directory.path() + "/certificate.pem";
    key = directory.path() + "/key.pem";
    write_certificate(certificate, key);
    options.listeners[0].tls_certificate_file = certificate;
    options.listeners[0].tls_key_file = key;
    options.listeners.push_back({.address = Address::tcp("127.0.0.1", 0)});
    mount.add("GET", "/secure", [](const HttpRequest& request, HttpReply reply) {
      reply.send(HttpResponse::text(200, request.secure() ? "yes" : "no"));
      return nullptr;
    });
  }
  ~TlsServer() { server.reset(); }
  RawClient connect_tls() {
    if (!server) start();
    RawClient client(port(), RawClient::Security::kTls);
    REQUIRE(client.connected());
    return client;
  }
  TemporaryDirectory directory;
  std::string certificate;
  std::string key;
};

}  // namespace

TEST_CASE("requests over TLS are served, and known to be secure; plain listeners beside them too") {
  TlsServer server;
  RawClient client = server.connect_tls();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.send(get("/secure") + post("/echo", "hello")));
    CHECK(client.read()->body == "yes");
    CHECK(client.read()->body == "hello");
  }
  RawClient plain(server.port(1));
  REQUIRE(plain.send(get("/secure")));
  CHECK(plain.read()->body == "no");
}

TEST_CASE("large bodies go both ways through TLS") {
  TlsServer server;
  RawClient client = server.connect_tls();
  std::string body(8 << 20, 't');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>(i);
  REQUIRE(client.send(post("/echo", body)));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == body);
}

TEST_CASE("a request in pieces over TLS is understood") {
  TlsServer server;
  RawClient client = server.connect_tls();
  for (char c : post("/echo", "slow")) REQUIRE(client.send({&c, 1}));
  CHECK(client.read()->body == "slow");
}

TEST_CASE("pipelined requests in one TLS record beyond the pipeline are all served") {
  TlsServer server;
  server.options.limits.pipeline = 2;
  RawClient client = server.connect_tls();
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += get("/ok");
  REQUIRE(client.send(requests));
  for (int i = 0; i < 2000; ++i) REQUIRE(client.read()->body == "ok");
}

TEST_CASE("plain HTTP on a TLS port is closed, and the server lives") {
  TlsServer server;
  server.start();
  RawClient plain(server.port());
  REQUIRE(plain.send(get("/ok")));
  plain.read_to_end();
  RawClient client = server.connect_tls();
  REQUIRE(client.send(get("/ok")));
  CHECK(client.read()->status == 200);
}

TEST_CASE("a handshake that does not end is closed") {
  TlsServer server;
  server.options.deadlines.headers = Millis(100);
  server.start();
  RawClient silent(server.port());
  CHECK(silent.at_end());
}

TEST_CASE("a TLS connection is closed with close_notify") {
  TlsServer server;
  RawClient client = server.connect_tls();
  REQUIRE(client.send("GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  CHECK(client.read()->body == "ok");
  CHECK(client.at_end());
}

TEST_CASE("a key that does not belong to the certificate is refused") {
  TlsServer server;
  std::string other = server.directory.path() + "/other.pem";
  write_certificate(server.directory.path() + "/unused.pem", other);
  server.options.listeners[0].tls_key_file = other;
  auto opened = HttpServer::open(server.options, server.router.handler(), server.metrics);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().code() == Code::kInvalid);
  CHECK(opened.status().message().find("other.pem") != std::string::npos);
}

}  // namespace ox
