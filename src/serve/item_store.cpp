#include "serve/item_store.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include "serve/http_error.hpp"

namespace lanet {
namespace {

constexpr std::uint64_t kItemOverhead = 4 << 10;  // findings and the rest, roughly

std::uint64_t cost_of(const Item& item) { return item.size + kItemOverhead * static_cast<std::uint64_t>(item.frames); }

HttpError not_found() { return HttpError(404, "no such item; it may have made room for newer ones"); }

}  // namespace

std::string random_id() {
  std::random_device source;
  std::string id;
  for (int part = 0; part < 4; ++part) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", source());
    id += digits.data();
  }
  return id;
}

ItemStore::ItemStore(std::size_t most, std::uint64_t most_bytes) : most_(most), most_bytes_(most_bytes) {}

void ItemStore::add(const std::shared_ptr<Item>& item) {
  if (item->id.empty()) item->id = random_id();
  const std::lock_guard lock(mutex_);
  make_room(cost_of(*item));
  item->order = next_++;
  ages_[item->order] = item->id;
  bytes_ += cost_of(*item);
  items_[item->id] = item;
}

void ItemStore::make_room(std::uint64_t bytes) {
  if (bytes > most_bytes_)
    throw HttpError(413, "an item larger than all that may be kept (" + std::to_string(most_bytes_) + " bytes)");
  for (auto oldest = ages_.begin(); items_.size() >= most_ || bytes_ + bytes > most_bytes_;) {
    if (oldest == ages_.end())
      throw HttpError(507, "no room for another item: every one that is kept was corrected; delete some");
    if (corrected_.contains(oldest->second)) {
      ++oldest;
      continue;
    }
    bytes_ -= cost_of(*items_.at(oldest->second));
    items_.erase(oldest->second);
    oldest = ages_.erase(oldest);
  }
}

std::shared_ptr<Item> ItemStore::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : found->second;
}

std::shared_ptr<Item> ItemStore::get(const std::string& id) const {
  auto item = find(id);
  if (!item) throw not_found();
  return item;
}

void ItemStore::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(id);
  if (found == items_.end()) throw not_found();
  bytes_ -= cost_of(*found->second);
  ages_.erase(found->second->order);
  corrected_.erase(id);
  items_.erase(found);
}

std::vector<std::shared_ptr<Item>> ItemStore::list() const {
  std::vector<std::shared_ptr<Item>> items;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, item] : items_) items.push_back(item);
  }
  std::sort(items.begin(), items.end(), [](const auto& first, const auto& second) {
    const bool first_sample = first->source == "sample", second_sample = second->source == "sample";
    if (first_sample != second_sample) return second_sample;
    return first_sample ? first->name < second->name : first->order > second->order;
  });
  return items;
}

std::size_t ItemStore::size() const {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

std::uint64_t ItemStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void ItemStore::keep(const std::string& id, bool corrected) {
  const std::lock_guard lock(mutex_);
  if (corrected && items_.contains(id))
    corrected_[id] = true;
  else
    corrected_.erase(id);
}

}  // namespace lanet
