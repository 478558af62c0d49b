#include "modelfile/pickle.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include "core/error.hpp"

namespace lanet {
namespace {

// Python's pickletools; only these are understood.
enum Opcode : unsigned char {
  kProto = 0x80,
  kStop = '.',
  kMark = '(',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNone = 'N',
  kTrue = 0x88,
  kFalse = 0x89,
  kInt1 = 'K',
  kInt2 = 'M',
  kInt4 = 'J',
  kLong1 = 0x8a,
  kFloat = 'G',
  kUnicode = 'X',
  kShortUnicode = 0x8c,
  kString = 'T',
  kShortString = 'U',
  kGlobal = 'c',
  kPersistentId = 'Q',
  kReduce = 'R',
  kBuild = 'b',
  kSetItem = 's',
  kSetItems = 'u',
  kAppend = 'a',
  kAppends = 'e',
  kPut1 = 'q',
  kPut4 = 'r',
  kGet1 = 'h',
  kGet4 = 'j'
};

const std::map<std::string, std::string>& storage_types() {
  static const std::map<std::string, std::string> kTypes = {
      {"torch FloatStorage", "F32"},     {"torch DoubleStorage", "F64"}, {"torch HalfStorage", "F16"},
      {"torch BFloat16Storage", "BF16"}, {"torch LongStorage", "I64"},   {"torch IntStorage", "I32"},
      {"torch ShortStorage", "I16"},     {"torch CharStorage", "I8"},    {"torch ByteStorage", "U8"},
      {"torch BoolStorage", "BOOL"}};
  return kTypes;
}

constexpr const char* kOrderedDict = "collections OrderedDict";
constexpr const char* kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr const char* kRebuildParameter = "torch._utils _rebuild_parameter";
constexpr std::uint64_t kMaxMemo = 10'000'000;

}  // namespace

PickleReader::PickleReader(std::string_view bytes, std::string place) : bytes_(bytes), place_(std::move(place)) {}

void PickleReader::refuse(const std::string& got) const {
  throw DataError({place_, got + " at byte " + std::to_string(position_) + " of its pickle",
                   "a state dict of tensors saved by torch.save", "convert it to safetensors"});
}

const PickleValue* PickleReader::read() {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  while (true) {
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    if (opcode == kStop) return pop();
    step(opcode);
  }
}

void PickleReader::step(unsigned char opcode) {
  switch (opcode) {
    case kProto:
      take(1);
      return;
    case kMark:
      marks_.push_back(stack_.size());
      return;
    case kEmptyDict:
      push(Value::Kind::kDict);
      return;
    case kEmptyList:
    case kEmptyTuple:
      push(Value::Kind::kList);
      return;
    case kTuple: {
      auto items = pop_to_mark();
      push(Value::Kind::kList)->items = std::move(items);
      return;
    }
    case kTuple1:
      push_list(1);
      return;
    case kTuple2:
      push_list(2);
      return;
    case kTuple3:
      push_list(3);
      return;
    case kNone:
      push(Value::Kind::kNone);
      return;
    case kTrue:
      push(Value::Kind::kBool)->integer = 1;
      return;
    case kFalse:
      push(Value::Kind::kBool);
      return;
    case kInt1:
      push_integer(static_cast<std::int64_t>(take_number(1)));
      return;
    case kInt2:
      push_integer(static_cast<std::int64_t>(take_number(2)));
      return;
    case kInt4:
      push_integer(static_cast<std::int32_t>(take_number(4)));
      return;
    case kLong1:
      push_long();
      return;
    case kFloat:
      push_float();
      return;
    case kUnicode:
    case kString:
      push_text(take_number(4));
      return;
    case kShortUnicode:
    case kShortString:
      push_text(take_number(1));
      return;
    case kGlobal:
      push_global();
      return;
    case kPersistentId:
      make_storage();
      return;
    case kReduce:
      call();
      return;
    case kBuild:
      pop();
      return;  // attributes of an OrderedDict (_metadata): nothing that weights need
    case kSetItem: {
      const Value* value = pop();
      const Value* key = pop();
      set_items({key, value});
      return;
    }
    case kSetItems:
      set_items(pop_to_mark());
      return;
    case kAppend: {
      const Value* item = pop();
      top(Value::Kind::kList)->items.push_back(item);
      return;
    }
    case kAppends: {
      const auto items = pop_to_mark();
      auto& list = top(Value::Kind::kList)->items;
      list.insert(list.end(), items.begin(), items.end());
      return;
    }
    case kPut1:
      put_memo(take_number(1));
      return;
    case kPut4:
      put_memo(take_number(4));
      return;
    case kGet1:
      push_memo(take_number(1));
      return;
    case kGet4:
      push_memo(take_number(4));
      return;
    default:
      refuse("the opcode " + std::to_string(opcode));
  }
}

PickleValue* PickleReader::make(Value::Kind kind) {
  Value& value = values_.emplace_back();
  value.kind = kind;
  return &value;
}

PickleValue* PickleReader::push(Value::Kind kind) {
  stack_.push_back(make(kind));
  return stack_.back();
}

PickleValue* PickleReader::pop() {
  if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) refuse("an empty stack");
  Value* value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<const PickleValue*> PickleReader::pop_to_mark() {
  if (marks_.empty()) refuse("a missing mark");
  const std::vector<const Value*> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return items;
}

PickleValue* PickleReader::top(Value::Kind kind) {
  if (stack_.empty() || stack_.back()->kind != kind) refuse("a value of another type");
  return stack_.back();
}

std::string_view PickleReader::take(std::size_t count) {
  if (count > bytes_.size() - position_) refuse("the end of the file");
  position_ += count;
  return bytes_.substr(position_ - count, count);
}

std::uint64_t PickleReader::take_number(std::size_t count) {
  const std::string_view source = take(count);
  std::uint64_t value = 0;
  for (std::size_t index = count; index-- > 0;) value = value << 8 | static_cast<unsigned char>(source[index]);
  return value;
}

std::string PickleReader::take_line() {
  const std::size_t end = bytes_.find('\n', position_);
  if (end == std::string_view::npos) refuse("a name without end");
  const std::string line(bytes_.substr(position_, end - position_));
  position_ = end + 1;
  return line;
}

void PickleReader::push_integer(std::int64_t value) { push(Value::Kind::kInteger)->integer = value; }

void PickleReader::push_text(std::size_t length) {
  const std::string text(take(length));
  push(Value::Kind::kText)->text = text;
}

void PickleReader::push_list(std::size_t count) {
  std::vector<const Value*> items(count);
  for (std::size_t index = count; index-- > 0;) items[index] = pop();
  push(Value::Kind::kList)->items = std::move(items);
}

void PickleReader::push_long() {
  // Two's complement; the legacy magic number has 10 bytes, of which only equality matters: longer ones keep their
  // low 8.
  const std::string_view source = take(take_number(1));
  std::uint64_t value = !source.empty() && (static_cast<unsigned char>(source.back()) & 0x80) ? ~std::uint64_t{0} : 0;
  for (std::size_t index = std::min<std::size_t>(source.size(), 8); index-- > 0;)
    value = value << 8 | static_cast<unsigned char>(source[index]);
  push_integer(static_cast<std::int64_t>(value));
}

void PickleReader::push_float() {
  std::uint64_t bits = 0;
  for (const char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
  push(Value::Kind::kNumber)->number = std::bit_cast<double>(bits);
}

void PickleReader::push_global() {
  const std::string module = take_line();
  const std::string name = module + " " + take_line();
  if (name != kOrderedDict && name != kRebuildTensor && name != kRebuildParameter && !storage_types().count(name))
    refuse("the name '" + name.substr(0, 80) + "', which a state dict does not need,");
  push(Value::Kind::kGlobal)->text = name;
}

void PickleReader::push_memo(std::uint64_t index) {
  if (index >= memo_.size() || !memo_[index]) refuse("a reference to nothing");
  stack_.push_back(memo_[index]);
}

void PickleReader::put_memo(std::uint64_t index) {
  if (stack_.empty()) refuse("an empty stack");
  // Every memo entry is written by an opcode of its own, so a sane index is below the file's size.
  if (index >= kMaxMemo || index > bytes_.size()) refuse("an impossible memo index");
  if (index >= memo_.size()) memo_.resize(index + 1);
  memo_[index] = stack_.back();
}

void PickleReader::set_items(const std::vector<const Value*>& flat) {
  if (flat.size() % 2 != 0) refuse("a key without value");
  auto& entries = top(Value::Kind::kDict)->entries;
  for (std::size_t index = 0; index < flat.size(); index += 2) entries.emplace_back(flat[index], flat[index + 1]);
}

void PickleReader::make_storage() {
  // ("storage", type, key, location, count, ...)
  const Value* id = pop();
  if (id->kind != Value::Kind::kList || id->items.size() < 5 || id->items[0]->text != "storage" ||
      id->items[1]->kind != Value::Kind::kGlobal || id->items[2]->kind != Value::Kind::kText ||
      id->items[4]->kind != Value::Kind::kInteger || id->items[4]->integer < 0)
    refuse("a storage of unknown form");
  const auto type = storage_types().find(id->items[1]->text);
  if (type == storage_types().end()) refuse("a storage of unknown type");
  if (id->items.size() > 5 && id->items[5]->kind != Value::Kind::kNone) refuse("a view of a storage");
  Value* storage = push(Value::Kind::kStorage);
  storage->text = id->items[2]->text;
  storage->dtype = type->second;
  storage->count = id->items[4]->integer;
}

void PickleReader::call() {
  const Value* arguments = pop();
  const Value* function = pop();
  if (function->kind != Value::Kind::kGlobal || arguments->kind != Value::Kind::kList) refuse("a call of no function");
  const auto& items = arguments->items;
  if (function->text == kOrderedDict) {
    push(Value::Kind::kDict);
  } else if (function->text == kRebuildParameter) {
    if (items.empty() || items[0]->kind != Value::Kind::kTensor) refuse("a parameter without tensor");
    *push(Value::Kind::kTensor) = Value(*items[0]);
  } else if (function->text == kRebuildTensor) {
    if (items.size() < 4 || items[0]->kind != Value::Kind::kStorage || items[1]->kind != Value::Kind::kInteger ||
        items[2]->kind != Value::Kind::kList || items[3]->kind != Value::Kind::kList)
      refuse("a tensor of unknown form");
    const auto numbers = [this](const Value* list) {
      std::vector<std::int64_t> result;
      for (const Value* item : list->items) {
        if (item->kind != Value::Kind::kInteger || item->integer < 0) refuse("a shape that is not whole numbers");
        result.push_back(item->integer);
      }
      return result;
    };
    Value* tensor = push(Value::Kind::kTensor);
    tensor->storage = items[0];
    tensor->offset = items[1]->integer;
    tensor->shape = numbers(items[2]);
    tensor->strides = numbers(items[3]);
  } else {
    refuse("a call of " + function->text);
  }
}

}  // namespace lanet
