#include "common/http/reply_mailbox.h"

#include "common/http/exchange.h"

namespace ox {

void ReplyMailbox::post(std::shared_ptr<HttpExchange> exchange, Kind kind) {
  std::lock_guard lock(mu_);
  if (!wake_) return;
  items_.push_back({std::move(exchange), kind});
  if (woken_ || std::this_thread::get_id() == owner_) return;
  woken_ = true;
  wake_();
}

void ReplyMailbox::take(std::vector<Item>& items) {
  items.clear();
  std::lock_guard lock(mu_);
  items.swap(items_);
  woken_ = false;
}

void ReplyMailbox::close() {
  std::vector<Item> items;  // destroyed after the lock
  std::lock_guard lock(mu_);
  wake_ = nullptr;
  items.swap(items_);
}

void ReplyMailbox::set_owner(std::thread::id owner) {
  std::lock_guard lock(mu_);
  owner_ = owner;
}

}  // namespace ox
