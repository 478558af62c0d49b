#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lanet {

/// What a pickled state dict consists of.
struct PickleValue {
  enum class Kind { kNone, kBool, kInteger, kNumber, kText, kList, kDict, kGlobal, kStorage, kTensor };
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;               // kBool, kInteger
  double number = 0;                      // kNumber
  std::string text;                       // kText, kGlobal ("module name"), kStorage: its key
  std::vector<const PickleValue*> items;  // kList (also tuples)
  std::vector<std::pair<const PickleValue*, const PickleValue*>> entries;  // kDict, in order
  std::string dtype;                                                       // kStorage
  std::int64_t count = 0;                                                  // kStorage: elements
  const PickleValue* storage = nullptr;                                    // kTensor
  std::int64_t offset = 0;                                                 // kTensor, elements
  std::vector<std::int64_t> shape, strides;                                // kTensor
};

/// Reads pickles (protocol 2 and the opcodes that torch.save has ever used) without executing anything: names are
/// looked up in a short list (OrderedDict, tensor rebuilding, storage types); every other opcode or name is refused.
/// Owns all values that it made.
class PickleReader {
 public:
  PickleReader(std::string_view bytes, std::string place);

  /// The next pickle of the stream. Throws DataError.
  const PickleValue* read();
  /// Bytes consumed so far.
  std::size_t position() const { return position_; }

 private:
  using Value = PickleValue;
  Value* make(Value::Kind kind);
  Value* push(Value::Kind kind);
  Value* pop();
  std::vector<const Value*> pop_to_mark();
  Value* top(Value::Kind kind);
  std::string_view take(std::size_t count);
  std::uint64_t take_number(std::size_t count);
  std::string take_line();
  void step(unsigned char opcode);
  void push_integer(std::int64_t value);
  void push_text(std::size_t length);
  void push_list(std::size_t count);
  void push_long();
  void push_float();
  void push_global();
  void push_memo(std::uint64_t index);
  void put_memo(std::uint64_t index);
  void set_items(const std::vector<const Value*>& flat);
  void make_storage();
  void call();
  [[noreturn]] void refuse(const std::string& got) const;

  std::string_view bytes_;
  std::string place_;
  std::size_t position_ = 0;
  std::deque<Value> values_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Value*> memo_;
};

}  // namespace lanet
