#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/item.hpp"

namespace lanet {

/// The items that the server keeps: bounded in number and bytes. The oldest that nobody corrected goes first.
class ItemStore {
 public:
  ItemStore(std::size_t most, std::uint64_t most_bytes);

  /// Gives the item its id (random unless it has one) and keeps it. Throws HttpError 507 where every other item is
  /// corrected and there is no room.
  void add(const std::shared_ptr<Item>& item);
  /// Throws HttpError 404.
  std::shared_ptr<Item> get(const std::string& id) const;
  /// Null where it is not (any longer) there.
  std::shared_ptr<Item> find(const std::string& id) const;
  /// Throws HttpError 404.
  void remove(const std::string& id);
  /// Newest first; samples in the order of their names after all others.
  std::vector<std::shared_ptr<Item>> list() const;
  std::size_t size() const;
  std::uint64_t bytes() const;
  /// Tells that the item has corrections (it stays) or none any longer.
  void keep(const std::string& id, bool corrected);

 private:
  void make_room(std::uint64_t bytes);

  std::size_t most_;
  std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Item>> items_;
  std::map<std::uint64_t, std::string> ages_;  // order -> id
  std::map<std::string, bool> corrected_;
  std::uint64_t next_ = 1;
  std::uint64_t bytes_ = 0;
};

/// 128 random bits as hexadecimal digits.
std::string random_id();

}  // namespace lanet
