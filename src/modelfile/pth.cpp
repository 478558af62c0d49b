#include "modelfile/pth.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/limits.hpp"
#include "modelfile/pickle.hpp"
#include "modelfile/safetensors.hpp"
#include "modelfile/zip.hpp"

namespace lanet {
namespace {

using Kind = PickleValue::Kind;
using Storages = std::map<std::string, std::string_view>;

constexpr std::int64_t kLegacyProtocol = 1001;
constexpr std::size_t kMaxDimensions = 8;

[[noreturn]] void refuse_pth(const std::string& place, const std::string& got, const std::string& expected) {
  throw DataError({place, got, expected, ""});
}

const PickleValue* find_entry(const PickleValue* dict, const std::string& key) {
  for (const auto& [name, value] : dict->entries)
    if (name->kind == Kind::kText && name->text == key) return value;
  return nullptr;
}

/// The dict of tensors: the object itself, or what lies below the usual keys of training scripts.
const PickleValue* state_dict(const PickleValue* object, const std::string& place) {
  if (object->kind != Kind::kDict) refuse_pth(place, "an object that is no dict", "a state dict");
  for (const char* key : {"state_dict", "model", "model_state_dict"})
    if (const PickleValue* inner = find_entry(object, key); inner && inner->kind == Kind::kDict) return inner;
  return object;
}

std::uint64_t checked_count(const PickleValue& tensor, const std::string& name, const std::string& place) {
  const std::string what = "tensor " + name + " of shape " + shape_text(tensor.shape);
  if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > kMaxDimensions)
    refuse_pth(place, what, "as many strides, at most 8");
  const std::int64_t limit = tensor.storage->count;
  std::int64_t count = 1;
  std::int64_t last = tensor.offset;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const std::int64_t side = tensor.shape[axis], stride = tensor.strides[axis];
    if (side == 0) return 0;
    if (side > limit || count > limit / side || (side > 1 && stride > limit / (side - 1)))
      refuse_pth(place, what, "a tensor inside its storage of " + std::to_string(limit));
    count *= side;
    last += (side - 1) * stride;
    if (last > 2 * limit) refuse_pth(place, what, "a tensor inside its storage of " + std::to_string(limit));
  }
  if (tensor.offset < 0 || last >= limit)
    refuse_pth(place, what, "a tensor inside its storage of " + std::to_string(limit));
  return static_cast<std::uint64_t>(count);
}

PthTensor gather(const PickleValue& tensor, const std::string& name, const Storages& storages,
                 const std::string& place) {
  const auto found = storages.find(tensor.storage->text);
  if (found == storages.end()) refuse_pth(place, "no data of tensor " + name, "a complete file");
  const std::size_t element = dtype_bytes(tensor.storage->dtype);
  if (found->second.size() / element < static_cast<std::uint64_t>(tensor.storage->count))
    refuse_pth(place, "too few data for tensor " + name, "a complete file");
  PthTensor result{name, tensor.storage->dtype, tensor.shape, {}};
  const std::uint64_t count = checked_count(tensor, name, place);
  result.bytes.resize(count * element);
  std::vector<std::int64_t> index(tensor.shape.size());
  for (std::uint64_t done = 0; done < count; ++done) {
    std::int64_t from = tensor.offset;
    for (std::size_t axis = 0; axis < index.size(); ++axis) from += index[axis] * tensor.strides[axis];
    std::memcpy(result.bytes.data() + done * element, found->second.data() + static_cast<std::size_t>(from) * element,
                element);
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < tensor.shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

std::vector<PthTensor> gather_all(const PickleValue* object, const Storages& storages, const std::string& place) {
  std::vector<PthTensor> tensors;
  for (const auto& [name, value] : state_dict(object, place)->entries)
    if (name->kind == Kind::kText && value->kind == Kind::kTensor)
      tensors.push_back(gather(*value, name->text, storages, place));
  if (tensors.empty()) refuse_pth(place, "a file without tensors", "a state dict");
  return tensors;
}

std::vector<PthTensor> read_zip_form(std::string_view bytes, const std::string& place) {
  const auto entries = read_stored_zip(bytes, place);
  Storages storages;
  std::string_view pickle;
  for (const auto& [name, content] : entries) {
    const std::size_t slash = name.find('/');
    const std::string inner = slash == std::string::npos ? name : name.substr(slash + 1);
    if (inner == "data.pkl") pickle = content;
    if (inner == "byteorder" && content != "little") refuse_pth(place, "big-endian data", "little-endian data");
    if (inner.rfind("data/", 0) == 0) storages[inner.substr(5)] = content;
  }
  if (pickle.empty()) refuse_pth(place, "a zip archive without data.pkl", "a file written by torch.save");
  PickleReader reader(pickle, place);
  return gather_all(reader.read(), storages, place);
}

std::vector<PthTensor> read_plain_form(std::string_view bytes, const std::string& place) {
  PickleReader reader(bytes, place);
  // 0x1950a86a20f9469cfc6c: its lower 8 bytes.
  if (reader.read()->integer != static_cast<std::int64_t>(0xa86a20f9469cfc6cULL))
    refuse_pth(place, "a file of another kind", "a .pth file written by torch.save");
  if (const auto protocol = reader.read()->integer; protocol != kLegacyProtocol)
    refuse_pth(place, "protocol " + std::to_string(protocol), std::to_string(kLegacyProtocol));
  reader.read();  // sizes of C types on the writing machine
  const PickleValue* object = reader.read();
  const PickleValue* keys = reader.read();
  std::map<std::string, std::size_t> element_bytes;
  for (const auto& [name, value] : state_dict(object, place)->entries)
    if (value->kind == Kind::kTensor) element_bytes[value->storage->text] = dtype_bytes(value->storage->dtype);
  Storages storages;
  std::size_t position = reader.position();
  for (const PickleValue* key : keys->items) {
    std::uint64_t count = 0;
    if (bytes.size() - position < sizeof count) refuse_pth(place, "a truncated file", "a complete file");
    std::memcpy(&count, bytes.data() + position, sizeof count);
    position += sizeof count;
    const auto element = element_bytes.find(key->text);
    if (element == element_bytes.end()) refuse_pth(place, "a storage that no tensor uses", "a state dict");
    if (count > (bytes.size() - position) / element->second) refuse_pth(place, "a truncated file", "a complete file");
    storages[key->text] = bytes.substr(position, count * element->second);
    position += count * element->second;
  }
  return gather_all(object, storages, place);
}

}  // namespace

std::vector<PthTensor> read_pth(const std::filesystem::path& path) {
  return parse_pth(read_file(path, static_cast<std::uint64_t>(input_limits().model_bytes)), path.string());
}

std::vector<PthTensor> parse_pth(std::string_view bytes, const std::string& place) {
  if (bytes.starts_with("PK")) return read_zip_form(bytes, place);
  if (bytes.starts_with("\x80\x02")) return read_plain_form(bytes, place);
  refuse_pth(place, "a file of another kind", "a .pth file written by torch.save");
}

}  // namespace lanet
