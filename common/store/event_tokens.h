#pragma once
// The words of an event, by which a search skips what cannot have them.
//
// A token is a maximal run of the bytes [A-Za-z0-9_] in a text of the event (str or bin, keys too,
// at any depth), lowered; or the decimal digits of a whole number in it, an integer or a float,
// without its sign; or the hex digits of an ext's bytes, as JSON shows them. Tokens are only ever
// compared by hash.
#include <cstdint>
#include <string_view>
#include <vector>

namespace ox {

// 64 bits of FNV-1a (with its published parameters), then mixed by the finalizer of splitmix64
// (Vigna), so that every bit depends on every byte.
std::uint64_t token_hash(std::string_view token);

// The hashes of the tokens of a text, in order.
std::vector<std::uint64_t> tokens_of_text(std::string_view text);

// The distinct tokens of many events. Threading: one thread. Bounds: 16 to 32 bytes for each.
class TokenSet {
 public:
  TokenSet();
  // `event` is a MessagePack value.
  void add_event(std::string_view event);
  void add_text(std::string_view text);
  void add(std::uint64_t hash);

  std::size_t size() const { return size_; }
  template <typename Each>
  void for_each(const Each& each) const {
    for (std::uint64_t hash : slots_)
      if (hash != 0) each(hash);
  }
  void clear();

 private:
  void grow();

  std::vector<std::uint64_t> slots_;  // open addressing; 0 is a free one
  std::size_t size_ = 0;
};

}  // namespace ox
