#include "train/options.hpp"

#include "core/error.hpp"

namespace lanet {

void DataOptions::visit(FieldVisitor& visitor) {
  visitor.field("manifest", manifest, "manifest file or its folder, made by `lanet data import`");
  visitor.field("split", split,
                "list of id and subset (train, val, test); empty: split.csv beside the manifest. Without a val subset "
                "a share of train is taken for it");
  visitor.field("positive", positive,
                "class that decisions are about; empty: as the data set says, else malignant in any of the languages "
                "that lanet knows");
  visitor.field("fold", fold,
                "-1: use train / val / test; n >= 0: subset foldn is the test part, the other folds train");
  visitor.field("val_share", val_share,
                "share of the training images for validation, whole groups, by class; 0.02..0.5");
  visitor.field("split_seed", split_seed,
                "seed of that choice; equal for all repeats that are to share a validation part");
  visitor.field("location_share", location_share,
                "share of the training images that keep their location label, 0..1 (seeded, by class); 1: all");
  visitor.field("as_boxes", as_boxes, "true: learn from the boxes around the masks instead of the masks");
  visitor.field("cache_ratio", cache_ratio, "side of the decoded images in memory as a multiple of input_size, 1..3");
  visitor.field(
      "cache_mib", cache_mib,
      "decoded images of a subset beyond this many MiB lie in a temporary file in the run folder, 1..1048576");
  visitor.field("target", target,
                "true mask on the network's grid: area (average), bilinear_corners (as the authors' code), nearest");
  visitor.field("loader_threads", loader_threads,
                "threads that prepare the next batch while this one is computed, 1..256; a GPU waits for one");
}

void DataOptions::validate() const {
  require_range("data.fold", static_cast<double>(fold), -1, 1000);
  require_range("data.val_share", val_share, 0.02, 0.5);
  require_range("data.location_share", location_share, 0, 1);
  require_range("data.cache_ratio", cache_ratio, 1, 3);
  require_range("data.cache_mib", static_cast<double>(cache_mib), 1, 1 << 20);
  require_range("data.loader_threads", static_cast<double>(loader_threads), 1, 256);
  require_one_of("data.target", target, {"area", "bilinear_corners", "nearest"});
}

void ScheduleOptions::visit(FieldVisitor& visitor) {
  visitor.field("epochs", epochs, "passes over the images; 0 leaves the stage out (stage 1 only)");
  visitor.field("batch_size", batch_size, "images per step, 1..512");
  visitor.field("learning_rate", learning_rate, "of Adam; the highest one where a schedule changes it");
  visitor.field(
      "schedule", schedule,
      "constant (paper), cosine (falls to 0), one_cycle (rises over the first 30 % of the steps, then falls)");
}

void ScheduleOptions::validate(const std::string& stage) const {
  require_range(stage + ".epochs", static_cast<double>(epochs), 0, 100000);
  require_range(stage + ".batch_size", static_cast<double>(batch_size), 1, 512);
  require_range(stage + ".learning_rate", learning_rate, 1e-9, 10);
  require_one_of(stage + ".schedule", schedule, {"constant", "cosine", "one_cycle"});
}

void Stage1Options::visit(FieldVisitor& visitor) { course.visit(visitor); }

void Stage1Options::validate() const { course.validate("stage1"); }

void Stage2Options::visit(FieldVisitor& visitor) {
  course.visit(visitor);
  visitor.field("start", start,
                "what stage 2 takes from stage 1: lanet (FEX restarts from its pretrained weights), all (FEX too), "
                "auto (lanet with pretrained weights, all without)");
  visitor.field("choose", choose,
                "the epoch that is kept: accuracy (paper: highest on validation, ties by loss), loss (lowest on "
                "validation), last");
  visitor.field(
      "average", average,
      "0 (paper), or the decay, 0.5..0.99999, of an exponential moving average of the weights over the steps: "
      "it is what is validated and kept");
  loss.visit(visitor);
}

void Stage2Options::validate() const {
  course.validate("stage2");
  if (course.epochs < 1) throw ConfigError({"stage2.epochs", "0", "at least 1", ""});
  require_one_of("stage2.start", start, {"auto", "lanet", "all"});
  require_one_of("stage2.choose", choose, {"accuracy", "loss", "last"});
  if (average != 0) require_range("stage2.average", average, 0.5, 0.99999);
  loss.validate();
}

void AdamOptions::visit(FieldVisitor& visitor) {
  visitor.field("beta1", beta1, "decay of the gradients' mean, 0..1");
  visitor.field("beta2", beta2, "decay of the gradients' square, 0..1");
  visitor.field("epsilon", epsilon, "added to the root of the square");
  visitor.field("weight_decay", weight_decay, "L2 penalty added to the gradient; 0 turns it off");
  visitor.field("backbone_rate", backbone_rate,
                "the feature extractor's learning rate as a share of the others', 0..1; 1 (paper)");
}

void AdamOptions::validate() const {
  require_range("adam.backbone_rate", backbone_rate, 0, 1);
  require_range("adam.beta1", beta1, 0, 0.999999);
  require_range("adam.beta2", beta2, 0, 0.999999);
  require_range("adam.epsilon", epsilon, 1e-16, 1);
  require_range("adam.weight_decay", weight_decay, 0, 1);
}

void TrainOptions::visit(FieldVisitor& visitor) {
  visitor.field("name", name, "name of the run: its folder is runs_folder/name");
  visitor.field("runs_folder", runs_folder, "folder of all runs");
  visitor.field("seed", seed, "of weights, order and augmentation; repeats differ in it");
  visitor.field("input_size", input_size, "side of the square network input in pixels, a multiple of 32, 32..2048");
  visitor.field("weights", weights,
                "start of the feature extractor: imagenet (models/BACKBONE_imagenet.safetensors, see `lanet weights "
                "import`), a .safetensors or .pth file, or none");
  visitor.table("network", network, "The network; the defaults are the paper's");
  visitor.table("data", data, "The images");
  visitor.table("augment", augment, "Random changes of the training images");
  visitor.table("localization", localization, "The location loss of both stages");
  visitor.table("stage1", stage1, "Stage 1 (Eq. 5): learns the location from images with a location label");
  visitor.table("stage2", stage2, "Stage 2 (Eq. 6): learns class and location from all images");
  visitor.table("adam", adam, "The optimizer");
  visitor.table("compute", compute, "Where and how it is computed");
}

void TrainOptions::validate() const {
  if (name.empty() || name.find_first_of("/\\") != std::string::npos || name[0] == '.')
    throw ConfigError({"name", "'" + name + "'", "a folder name without slash that does not begin with a dot", ""});
  require_range("input_size", static_cast<double>(input_size), 32, 2048);
  if (input_size % 32 != 0)
    throw ConfigError(
        {"input_size", std::to_string(input_size), "a multiple of 32",
         "use " + std::to_string(input_size / 32 * 32) + " or " + std::to_string((input_size / 32 + 1) * 32)});
  network.validate();
  data.validate();
  augment.validate();
  localization.validate();
  stage1.validate();
  stage2.validate();
  adam.validate();
  compute.validate();
  if (weights == "none" && stage2.start == "lanet")
    throw ConfigError({"stage2.start", "lanet with weights = \"none\"", "all",
                       "a random feature extractor under a trained LA-Net makes no sense: set stage2.start=all"});
  if (network.head == "rmtl" && data.location_share < 1)
    throw ConfigError({"data.location_share", std::to_string(data.location_share), "1 for network.head = \"rmtl\"",
                       "the RMTL baseline needs a location label for every image"});
}

void TrainOptions::resolve() {
  if (stage2.start == "auto") stage2.start = weights == "none" ? "all" : "lanet";
  if (network.head == "vanilla" || network.head == "rmtl") stage1.course.epochs = 0;
}

TrainOptions read_train_options(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  TrainOptions options;
  read_toml_file(file, fields_of(options));
  for (const std::string& assignment : assignments) apply_assignment(assignment, fields_of(options));
  options.validate();
  return options;
}

std::string settings_text(const TrainOptions& options) {
  TrainOptions copy = options;
  return to_commented_toml(fields_of(copy));
}

}  // namespace lanet
