#include "train/checkpoint.hpp"

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {
namespace {

constexpr const char* kFormat = "lanet-checkpoint";

/// Every number and text of a checkpoint once; read and write walk the same lists.
struct IntegerField {
  const char* name;
  std::int64_t Checkpoint::*member;
};
constexpr IntegerField kIntegers[] = {
    {"stage", &Checkpoint::stage}, {"epochs_done", &Checkpoint::epochs_done}, {"best_epoch", &Checkpoint::best_epoch}};
struct NumberField {
  const char* name;
  double Checkpoint::*member;
};
constexpr NumberField kNumbers[] = {
    {"best_score", &Checkpoint::best_score}, {"best_loss", &Checkpoint::best_loss}, {"seconds", &Checkpoint::seconds}};
struct TextField {
  const char* name;
  std::string Checkpoint::*member;
};
constexpr TextField kTexts[] = {{"settings", &Checkpoint::settings},
                                {"fingerprint", &Checkpoint::fingerprint},
                                {"started", &Checkpoint::started},
                                {"metrics_csv", &Checkpoint::metrics_csv},
                                {"stages_json", &Checkpoint::stages_json}};

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::map<std::string, std::string> metadata{{"format", kFormat},
                                              {"version", std::to_string(kCheckpointFormatVersion)}};
  for (const IntegerField& field : kIntegers) metadata[field.name] = std::to_string(checkpoint.*field.member);
  for (const NumberField& field : kNumbers) metadata[field.name] = exact(checkpoint.*field.member);
  for (const TextField& field : kTexts) metadata[field.name] = checkpoint.*field.member;
  save_tensors(path, checkpoint.tensors, metadata);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const std::string place = path.string();
  const auto text_of = [&](const char* name) -> const std::string& {
    const auto found = file.metadata().find(name);
    if (found == file.metadata().end())
      throw DataError({place, std::string("no ") + name, "a checkpoint written by `lanet train`", ""});
    return found->second;
  };
  if (text_of("format") != kFormat) throw DataError({place, text_of("format"), kFormat, ""});
  if (parse_integer(text_of("version"), place, "version") > kCheckpointFormatVersion)
    throw DataError({place, "checkpoint version " + text_of("version"),
                     "at most " + std::to_string(kCheckpointFormatVersion), "update lanet"});
  Checkpoint checkpoint;
  for (const IntegerField& field : kIntegers)
    checkpoint.*field.member = parse_integer(text_of(field.name), place, field.name);
  for (const NumberField& field : kNumbers)
    checkpoint.*field.member = parse_number(text_of(field.name), place, field.name);
  for (const TextField& field : kTexts) checkpoint.*field.member = text_of(field.name);
  for (const TensorInfo& info : file.tensors())
    checkpoint.tensors.emplace_back(info.name, tensor_from_file(file, info));
  return checkpoint;
}

}  // namespace lanet
