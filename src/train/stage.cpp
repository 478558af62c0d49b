#include "train/stage.hpp"

#include "core/error.hpp"
#include "train/run_folder.hpp"

namespace lanet {

std::vector<Stage> stages_of(const TrainOptions& options) {
  std::vector<Stage> stages;
  if (options.stage1.course.epochs > 0) stages.push_back({1, options.stage1.course, false, kStage1BestName, false});
  stages.push_back({2, options.stage2.course, true, kBestName, true});
  return stages;
}

std::size_t place_of_stage(const std::vector<Stage>& stages, std::int64_t number, const std::string& place) {
  for (std::size_t index = 0; index < stages.size(); ++index)
    if (stages[index].number == number) return index;
  throw DataError({place, "a checkpoint of stage " + std::to_string(number), "one of the stages of its settings", ""});
}

}  // namespace lanet
