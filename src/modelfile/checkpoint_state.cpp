#include "modelfile/checkpoint_state.hpp"

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace lanet {
namespace {

constexpr const char* kCheckpointFormat = "lanet-checkpoint";

/// Every number and text of a checkpoint once; reading and writing walk the same lists.
struct IntegerField {
  const char* name;
  std::int64_t CheckpointState::*member;
};
constexpr IntegerField kIntegers[] = {{"stage", &CheckpointState::stage},
                                      {"epochs_done", &CheckpointState::epochs_done},
                                      {"best_epoch", &CheckpointState::best_epoch}};
struct NumberField {
  const char* name;
  double CheckpointState::*member;
};
constexpr NumberField kNumbers[] = {{"best_score", &CheckpointState::best_score},
                                    {"best_loss", &CheckpointState::best_loss},
                                    {"seconds", &CheckpointState::seconds}};
struct TextField {
  const char* name;
  std::string CheckpointState::*member;
};
constexpr TextField kTexts[] = {
    {"settings", &CheckpointState::settings},       {"fingerprint", &CheckpointState::fingerprint},
    {"started", &CheckpointState::started},         {"metrics_csv", &CheckpointState::metrics_csv},
    {"stages_json", &CheckpointState::stages_json}, {"notes", &CheckpointState::notes}};
constexpr const char* kKernelsName = "kernels";

}  // namespace

std::map<std::string, std::string> to_metadata(const CheckpointState& state) {
  std::map<std::string, std::string> metadata{{"format", kCheckpointFormat},
                                              {"version", std::to_string(kCheckpointFormatVersion)}};
  for (const IntegerField& field : kIntegers) metadata[field.name] = std::to_string(state.*field.member);
  for (const NumberField& field : kNumbers) metadata[field.name] = exact(state.*field.member);
  for (const TextField& field : kTexts) metadata[field.name] = state.*field.member;
  metadata[kKernelsName] = state.kernels;
  return metadata;
}

CheckpointState checkpoint_state(const SafetensorsFile& file) {
  const std::string& place = file.place();
  const auto text_of = [&](const char* name) -> const std::string& {
    const auto found = file.metadata().find(name);
    if (found == file.metadata().end())
      throw DataError({place, std::string("no ") + name, "a checkpoint written by `lanet train`", "begin a new run"});
    return found->second;
  };
  if (text_of("format") != kCheckpointFormat)
    throw DataError({place, "format " + text_of("format"), kCheckpointFormat, "name the run's own checkpoint"});
  if (parse_integer(text_of("version"), place, "version") > kCheckpointFormatVersion)
    throw DataError({place, "checkpoint version " + text_of("version"),
                     "at most " + std::to_string(kCheckpointFormatVersion), "update lanet"});
  if (!file.is_sealed())
    throw DataError({place, "a checkpoint without checksum", "one written by this version", "begin a new run"});
  CheckpointState state;
  for (const IntegerField& field : kIntegers)
    state.*field.member = parse_integer(text_of(field.name), place, field.name);
  for (const NumberField& field : kNumbers) state.*field.member = parse_number(text_of(field.name), place, field.name);
  for (const TextField& field : kTexts) state.*field.member = text_of(field.name);
  if (file.metadata().contains(kKernelsName)) state.kernels = text_of(kKernelsName);
  if (state.stage < 1 || state.stage > 2 || state.epochs_done < 0 || state.best_epoch < 0)
    throw DataError({place, "stage " + std::to_string(state.stage) + ", epoch " + std::to_string(state.epochs_done),
                     "stage 1 or 2", "begin a new run"});
  return state;
}

}  // namespace lanet
