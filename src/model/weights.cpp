#include "model/weights.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "network/card_options.hpp"

namespace lanet {
namespace {

struct DtypeRow {
  const char* name;
  torch::ScalarType type;
};
constexpr DtypeRow kDtypes[] = {{"F64", torch::kFloat64},   {"F32", torch::kFloat32}, {"F16", torch::kFloat16},
                                {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
                                {"I16", torch::kInt16},     {"I8", torch::kInt8},     {"U8", torch::kUInt8},
                                {"BOOL", torch::kBool}};

std::string dtype_name(torch::ScalarType type) {
  for (const DtypeRow& row : kDtypes)
    if (row.type == type) return row.name;
  TORCH_CHECK(false, "no safetensors dtype for ", type);
}

constexpr std::size_t kProblemsShown = 5;

void collect_state(const torch::nn::Module& module, const std::string& prefix, NamedTensors& state) {
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    state.emplace_back(prefix + item.key(), item.value());
  for (const auto& child : module.named_children()) collect_state(*child.value(), prefix + child.key() + ".", state);
}

}  // namespace

NamedTensors named_state(const torch::nn::Module& module) {
  NamedTensors state;
  collect_state(module, "", state);
  return state;
}

void copy_tensors(const NamedTensors& targets, const NamedTensors& source, const std::string& place) {
  const torch::NoGradGuard no_gradient;
  const std::map<std::string, torch::Tensor> by_name(source.begin(), source.end());
  for (auto [name, target] : targets) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) throw DataError({place, "no " + name, "the state of the same settings", ""});
    if (found->second.sizes() != target.sizes())
      throw DataError(
          {place, name + " " + shape_text(found->second.sizes().vec()), shape_text(target.sizes().vec()), ""});
    target.copy_(found->second);
  }
}

torch::Tensor tensor_from_bytes(const TensorInfo& info, std::span<const std::byte> bytes, const std::string& place) {
  for (const DtypeRow& row : kDtypes) {
    if (info.dtype != row.name) continue;
    const auto tensor = torch::empty(info.shape, row.type);
    TORCH_CHECK(tensor.nbytes() == bytes.size(), place, ": ", info.name, " has ", bytes.size(), " bytes");
    std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(tensor.data_ptr()));
    return tensor;
  }
  throw DataError({place, info.name + " of type " + info.dtype, "a type that LibTorch has", ""});
}

torch::Tensor tensor_from_file(const SafetensorsFile& file, const TensorInfo& info) {
  return tensor_from_bytes(info, file.bytes(info), file.place());
}

void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                  const std::map<std::string, std::string>& metadata, const std::filesystem::path& keep_old_as) {
  std::vector<torch::Tensor> kept;  // owns the contiguous copies while they are written
  std::vector<TensorToWrite> rows;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().cpu().contiguous());
    const torch::Tensor& copy = kept.back();
    rows.push_back({name,
                    dtype_name(copy.scalar_type()),
                    copy.sizes().vec(),
                    {static_cast<const std::byte*>(copy.const_data_ptr()), copy.nbytes()}});
  }
  write_safetensors(path, std::move(rows), metadata, keep_old_as);
}

void load_state(torch::nn::Module& module, const NamedTensors& tensors, const std::string& place) {
  const torch::NoGradGuard no_gradient;
  std::map<std::string, torch::Tensor> given(tensors.begin(), tensors.end());
  std::vector<std::string> problems;
  NamedTensors state = named_state(module);
  for (const auto& [name, target] : state) {
    const auto found = given.find(name);
    if (found == given.end())
      problems.push_back("lacks " + name);
    else if (found->second.sizes() != target.sizes())
      problems.push_back(name + " " + shape_text(found->second.sizes().vec()) + " for " +
                         shape_text(target.sizes().vec()));
    else if (!torch::isfinite(found->second).all().item<bool>())
      problems.push_back("numbers that are not finite in " + name);
  }
  for (const auto& [name, tensor] : given)
    if (std::none_of(state.begin(), state.end(), [&](const auto& item) { return item.first == name; }))
      problems.push_back("unknown " + name);
  if (!problems.empty())
    throw DataError({place, first_names(problems, kProblemsShown), "exactly the network's tensors, finite",
                     "the file is damaged or belongs to another network"});
  for (auto& [name, target] : state) target.copy_(given.at(name));
}

void load_state(torch::nn::Module& module, const SafetensorsFile& file) {
  NamedTensors tensors;
  for (const TensorInfo& info : file.tensors()) tensors.emplace_back(info.name, tensor_from_file(file, info));
  load_state(module, tensors, file.place());
}

void save_state(const std::filesystem::path& path, const torch::nn::Module& module,
                const std::map<std::string, std::string>& metadata) {
  save_tensors(path, named_state(module), metadata);
}

LoadedModel load_model(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  LoadedModel model;
  model.card = card_from_metadata(file.metadata(), path.string());
  model.network = Network(options_of(model.card, path.string()), static_cast<std::int64_t>(model.card.classes.size()));
  load_state(*model.network, file);
  model.network->eval();
  return model;
}

void save_model(const std::filesystem::path& path, const Network& network, const ModelCard& card) {
  card.validate(path.string());
  save_state(path, *network, to_metadata(card));
}

}  // namespace lanet
