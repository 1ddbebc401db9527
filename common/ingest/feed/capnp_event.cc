#include "common/ingest/feed/capnp_event.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>

#include <capnp/any.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/quantity.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::size_t kCapnpWord = 8;
constexpr std::uint32_t kMostSegments = 512;  // as Cap'n Proto's own readers have it
constexpr int kCapnpNesting = 64;

// Members of a struct by their place in the encoding; what is behind its end is zero, as of senders
// with an older schema.
class CapnpStruct {
 public:
  explicit CapnpStruct(capnp::AnyStruct::Reader reader) : reader_(reader) {}

  template <typename T>
  T number(std::size_t bit) const {
    const capnp::Data::Reader data = reader_.getDataSection();
    if (data.size() < bit / 8 + sizeof(T)) return T{};
    return load_le<T>(reinterpret_cast<const char*>(data.begin()) + bit / 8);
  }

  // Nothing when it is absent.
  std::string_view text(unsigned index) const {
    const auto pointers = reader_.getPointerSection();
    if (index >= pointers.size() || pointers[index].isNull()) return {};
    const capnp::Text::Reader found = pointers[index].getAs<capnp::Text>();
    return {found.begin(), found.size()};
  }

  bool has(unsigned index) const {
    const auto pointers = reader_.getPointerSection();
    return index < pointers.size() && !pointers[index].isNull();
  }

  template <typename T>
  typename T::Reader list(unsigned index) const {
    return reader_.getPointerSection()[index].getAs<T>();
  }
  capnp::List<capnp::AnyStruct>::Reader structs(unsigned index) const {
    return list<capnp::AnyList>(index).as<capnp::List<capnp::AnyStruct>>();
  }

 private:
  capnp::AnyStruct::Reader reader_;
};

// Counts what it writes into a map.
class MapWriter {
 public:
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) pack_text(begin(key), value);
  }
  void uint(std::string_view key, std::uint64_t value) {
    if (value != 0) pack_uint(begin(key), value);
  }
  void number(std::string_view key, double value) {
    if (value != 0) pack_double(begin(key), value);
  }
  // Behind it comes the value.
  std::string& begin(std::string_view key) {
    ++size_;
    pack_text(pairs_, key);
    return pairs_;
  }
  void append_to(std::string& out) const {
    pack_map_header(out, size_);
    out += pairs_;
  }

 private:
  std::string pairs_;
  std::size_t size_ = 0;
};

void write_version(float version, MapWriter& out) {
  if (version == 0 || !std::isfinite(version)) return;
  if (version == std::floor(version) && std::fabs(version) < 1e6F) {
    pack_int(out.begin("version"), static_cast<std::int64_t>(version));
    return;
  }
  // As short as it was: 0.9, and not the double nearest to it.
  char packed[5] = {'\xca'};
  store_be(packed + 1, version);
  out.begin("version").append(packed, sizeof(packed));
}

void write_fields(const CapnpStruct& event, unsigned index, MapWriter& out) {
  if (!event.has(index)) return;
  MapWriter fields;
  for (capnp::AnyStruct::Reader element : event.structs(index)) {
    const CapnpStruct field(element);
    std::string& value = fields.begin(field.text(0));
    switch (field.number<std::uint16_t>(0)) {
      case 0:
        pack_text(value, field.text(1));
        break;
      case 1:
        pack_int(value, field.number<std::int64_t>(64));
        break;
      case 2:
        pack_double(value, field.number<double>(64));
        break;
      case 3:
        value.push_back((field.number<std::uint8_t>(64) & 1) != 0 ? '\xc3' : '\xc2');
        break;
      default:  // of a schema newer than this
        value.push_back('\xc0');
        break;
    }
  }
  fields.append_to(out.begin("fields"));
}

void write_event(const CapnpStruct& event, std::string& out) {
  MapWriter map;
  map.text("name", event.text(0));
  map.number("tstamp", event.number<double>(0));
  write_version(event.number<float>(64), map);
  // Without a version, 0 is no level: the sender left it out.
  const auto level = event.number<std::int16_t>(96);
  if (level != 0 || event.number<float>(64) != 0) pack_int(map.begin("level"), level);
  map.text("host", event.text(1));
  map.uint("pid", event.number<std::uint32_t>(128));
  map.text("site", event.text(2));
  map.text("cluster", event.text(3));
  map.text("target", event.text(4));
  map.text("message", event.text(5));
  map.number("value", event.number<double>(192));
  map.number("duration", event.number<double>(256));
  map.text("reqId", event.text(6));
  map.text("user", event.text(7));
  map.text("session", event.text(8));
  map.text("codeFile", event.text(9));
  map.uint("codeLine", event.number<std::uint32_t>(160));
  map.text("codeFunc", event.text(10));
  if (event.has(11)) {
    const auto tags = event.list<capnp::List<capnp::Text>>(11);
    std::string& value = map.begin("tags");
    pack_array_header(value, tags.size());
    for (capnp::Text::Reader tag : tags) pack_text(value, {tag.begin(), tag.size()});
  }
  write_fields(event, 12, map);
  map.append_to(out);
}

}  // namespace

bool looks_like_capnp(std::string_view bytes, std::size_t max_bytes) {
  if (bytes.size() < kCapnpMark || load_le<std::uint32_t>(bytes.data()) != 0) return false;
  const std::size_t words = load_le<std::uint32_t>(bytes.data() + 4);
  return words > 0 && words <= max_bytes / kCapnpWord;
}

Result<std::size_t> capnp_message_size(std::string_view bytes, std::size_t max_bytes) {
  const Status more(Code::kUnavailable, "the bytes end inside the table of segments");
  if (bytes.size() < 4) return more;
  const std::uint32_t segments = load_le<std::uint32_t>(bytes.data());
  if (segments >= kMostSegments) return Status(Code::kCorrupt, "no Cap'n Proto message");
  const std::size_t table = (4 + 4 * (std::size_t{segments} + 1) + 7) / 8 * 8;
  if (bytes.size() < table) return more;
  std::size_t size = table;
  for (std::size_t i = 0; i <= segments; ++i)
    size += kCapnpWord * load_le<std::uint32_t>(bytes.data() + 4 + 4 * i);
  if (size > max_bytes)
    return Status(Code::kTooLarge, fmt::format("a message of {}; the most is {}", format_size(size),
                                               format_size(max_bytes)));
  return size;
}

Status append_capnp_event(std::string_view message, std::string& out) {
  const std::size_t before = out.size();
  try {
    const std::size_t words = message.size() / kCapnpWord;
    auto aligned = kj::heapArray<capnp::word>(words);
    std::memcpy(aligned.begin(), message.data(), words * kCapnpWord);
    capnp::ReaderOptions options;
    // Each word once, as honest messages need; pointers may point many times to the same place.
    options.traversalLimitInWords = std::max<std::size_t>(2 * words, 1024);
    options.nestingLimit = kCapnpNesting;
    capnp::FlatArrayMessageReader reader(aligned, options);
    write_event(CapnpStruct(reader.getRoot<capnp::AnyStruct>()), out);
    return ok_status();
  } catch (const kj::Exception& error) {
    out.resize(before);
    return Status(Code::kCorrupt, fmt::format("no Cap'n Proto message: {}",
                                              std::string_view(error.getDescription().cStr())));
  } catch (const std::exception& error) {
    out.resize(before);
    return Status(Code::kCorrupt, fmt::format("no Cap'n Proto message: {}", error.what()));
  }
}

}  // namespace ox
