#include "proto/sealer.h"

namespace ox {

Sealer::Sealer(const SealerOptions& options, const Clock& clock,
               std::function<void(BatchPtr)> sealed)
    : options_(options), clock_(clock), sealed_(std::move(sealed)), builder_(options.batch_bytes) {}

void Sealer::add(std::string_view type, std::string_view host, double end, std::string_view body) {
  if (!builder_.fits(type, host, body.size())) flush();
  if (builder_.empty()) first_at_ = clock_.mono();
  builder_.add(type, host, end, body);
  dry_ = false;
  if (builder_.full()) flush();
}

void Sealer::input_dry() {
  dry_ = true;
  if (in_flight_ == 0) flush();
}

void Sealer::settled() {
  if (in_flight_ > 0) --in_flight_;
  if (in_flight_ == 0 && dry_) flush();
}

void Sealer::flush() {
  if (builder_.empty()) return;
  ++in_flight_;
  BatchPtr batch = builder_.seal({run_, next_seq_++}, clock_.wall());
  sealed_(std::move(batch));
}

std::optional<MonoTime> Sealer::deadline() const {
  if (builder_.empty()) return std::nullopt;
  return first_at_ + options_.delay;
}

void Sealer::on_deadline() {
  if (!builder_.empty() && clock_.mono() >= first_at_ + options_.delay) flush();
}

}  // namespace ox
