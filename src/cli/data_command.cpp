#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "augment/preview.hpp"
#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/audit.hpp"
#include "dataset/import.hpp"
#include "dataset/split.hpp"
#include "dataset/statistics.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSplitName = "split.csv";

fs::path manifest_file(const std::string& data) {
  return fs::is_directory(data) ? fs::path(data) / kManifestName : fs::path(data);
}

fs::path folder_of(const std::string& data) { return manifest_file(data).parent_path(); }

/// The first few of a long list, the rest as a number.
void print_some(const char* title, const std::vector<std::string>& lines, std::size_t most) {
  if (lines.empty()) return;
  std::cout << lines.size() << " " << title << ":\n";
  for (std::size_t index = 0; index < std::min(most, lines.size()); ++index) std::cout << "  " << lines[index] << "\n";
  if (lines.size() > most) std::cout << "  ... " << lines.size() - most << " more\n";
}

void add_import(CLI::App& data) {
  struct Arguments {
    ImportOptions options;
    std::string source, image_root, out, only;
    std::vector<std::string> subsets;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "import", "make a manifest of images where they lie",
                                  "lanet data import Dataset_BUSI_with_GT --out data/busi\n"
                                  "  lanet data import --subset train=authors_train.csv --subset test=authors_test.csv "
                                  "--masks-beside --out data/busi_authors");
  command->add_option("source", arguments->source, "folder of a data set, or a CSV list");
  command->add_option("--out", arguments->out, "folder for the manifest (default: the source)");
  command
      ->add_option("--format", arguments->options.format,
                   "auto, busi, busbra, folders, csv, coco, yolo, labelme, video")
      ->capture_default_str();
  command
      ->add_option("--subset", arguments->subsets,
                   "SUBSET=LIST.csv: a list and the subset its images belong to; may be repeated")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1);
  command->add_option("--image-root", arguments->image_root, "folder that a list's image paths are relative to");
  command->add_flag("--masks-beside", arguments->options.masks_beside,
                    "use NAME_mask.png beside an image in place of a list's box");
  command->add_option("--min-box-area", arguments->options.min_box_area, "smaller boxes (px^2) are specks and dropped")
      ->capture_default_str();
  command->add_option("--every", arguments->options.every, "video: every n-th frame")->capture_default_str();
  command->add_flag("--crop", arguments->options.crop_to_ultrasound, "note the ultrasound region of screenshots");
  command->add_option("--only", arguments->only, "file with the ids to take, one a line");
  command->callback([arguments] {
    ImportOptions& options = arguments->options;
    options.source = arguments->source;
    options.image_root = arguments->image_root;
    for (const std::string& subset : arguments->subsets) {
      const std::size_t equal = subset.find('=');
      if (equal == std::string::npos) throw ConfigError({"--subset", subset, "SUBSET=LIST.csv", ""});
      options.subset_lists.emplace_back(subset.substr(0, equal), subset.substr(equal + 1));
    }
    if (options.source.empty() && options.subset_lists.empty())
      throw ConfigError({"source", "none", "a folder, a list, or --subset", ""});
    if (!arguments->only.empty())
      for (const std::string& line : split_text(read_text_file(arguments->only), '\n'))
        if (!trim(line).empty()) options.only_ids.push_back(trim(line));
    const fs::path out = !arguments->out.empty() ? fs::path(arguments->out)
                         : fs::is_directory(options.source)
                             ? options.source
                             : throw ConfigError({"--out", "none", "a folder for the manifest", ""});
    options.out = out;
    const Imported imported = import_dataset(options);
    write_manifest(out / kManifestName, imported.manifest);
    if (imported.split) write_split(out / kSplitName, *imported.split);
    std::cout << dataset_table(imported.manifest, imported.split ? &*imported.split : nullptr) << "\n";
    print_some("notes", imported.report.notes, 10);
    print_some("problems", imported.report.problems, 20);
    std::string notes;
    for (const std::string& line : imported.report.problems) notes += "problem: " + line + "\n";
    for (const std::string& line : imported.report.notes) notes += "note: " + line + "\n";
    write_file_atomically(out / "import.log", notes);
    std::cout << "written: " << (out / kManifestName).string() << "\n";
  });
}

void add_audit(CLI::App& data) {
  struct Arguments {
    std::string data, out;
    AuditOptions options;
    bool group = false;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      add_command(data, "audit", "look for duplicates, contradictions, damaged files and burnt-in marks",
                  "lanet data audit data/busi --group");
  command->add_option("data", arguments->data, "manifest or its folder")->required();
  command->add_option("--out", arguments->out, "folder for audit.json and audit.png (default: the manifest's)");
  command->add_flag("--group", arguments->group, "write the duplicate clusters into the manifest's group column");
  command
      ->add_option("--bits", arguments->options.near_duplicate_bits,
                   "bits (of 256) in which near duplicates may differ")
      ->capture_default_str();
  command
      ->add_option("--correlation", arguments->options.near_duplicate_correlation, "that near duplicates have at least")
      ->capture_default_str();
  command->add_option("--marks", arguments->options.marks, "burnt-in shapes from which on an image is listed; 0: none")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  command->callback([arguments] {
    Manifest manifest = read_manifest(arguments->data);
    const auto progress = make_console_progress();
    const Audit audit = audit_dataset(manifest, arguments->options, *progress);
    const fs::path out = arguments->out.empty() ? folder_of(arguments->data) : fs::path(arguments->out);
    write_file_atomically(out / "audit.json", audit_json(audit));
    write_png(out / "audit.png", audit_sheet(manifest, audit, 30));
    std::cout << (arguments->json ? audit_json(audit) : audit_table(audit));
    if (arguments->group) {
      const std::int64_t changed = group_by_clusters(manifest, audit.clusters);
      write_manifest(manifest_file(arguments->data), manifest);
      if (!arguments->json)
        std::cout << changed << " images got a group in " << manifest_file(arguments->data).string() << "\n";
    }
    if (!arguments->json)
      std::cout << "written: " << (out / "audit.json").string() << ", " << (out / "audit.png").string() << "\n";
  });
}

/// A list that was published with the data, or that models were trained on, is not lost by a new one in its place.
void keep_earlier(const fs::path& file, const Split& split) {
  if (!fs::exists(file)) return;
  try {
    if (read_split(file).subset_of == split.subset_of) return;
  } catch (const DataError&) {
    // damaged, or something else: kept all the more
  }
  fs::path kept = file;
  kept.replace_filename(file.stem().string() + "-before" + file.extension().string());
  fs::rename(file, kept);
  std::cerr << "note: another list was there; it is kept as " << kept.string() << "\n";
}

void add_split(CLI::App& data) {
  struct Arguments {
    std::string data, out, list, manifest_out;
    SplitOptions options;
    double keep_location = 100;
    bool as_boxes = false;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "split", "divide a data set by group, stratified by class",
                                  "lanet data split data/busi --val 0.15 --test 0.15 --seed 1");
  command->add_option("data", arguments->data, "manifest or its folder")->required();
  command->add_option("--val", arguments->options.val_share, "share for validation")->capture_default_str();
  command->add_option("--test", arguments->options.test_share, "share for the test")->capture_default_str();
  command->add_option("--folds", arguments->options.folds, "k folds in place of train, val and test")
      ->capture_default_str();
  command->add_option("--seed", arguments->options.seed, "of the choice")->capture_default_str();
  command->add_option("--list", arguments->list, "take this split as it is and report its leaks");
  command->add_option("--out", arguments->out, "file to write (default: split.csv beside the manifest)");
  command
      ->add_option("--keep-location", arguments->keep_location,
                   "percentage of the training images that keep their location label; needs --manifest-out")
      ->capture_default_str();
  command->add_flag("--as-boxes", arguments->as_boxes, "turn masks into boxes; needs --manifest-out");
  command->add_option("--manifest-out", arguments->manifest_out, "file for the manifest with changed location labels");
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  command->callback([arguments] {
    Manifest manifest = read_manifest(arguments->data);
    const Split split =
        arguments->list.empty() ? make_split(manifest.samples, arguments->options) : read_split(arguments->list);
    const bool changes = arguments->as_boxes || arguments->keep_location < 100;
    if (changes && arguments->manifest_out.empty())
      throw ConfigError({"--manifest-out", "nothing", "a file for the changed manifest",
                         "location labels are never struck out of the original"});
    if (arguments->as_boxes) masks_to_boxes(manifest);
    if (arguments->keep_location < 100) {
      const auto train = split.ids(manifest, "train");
      keep_location(manifest.samples, arguments->keep_location / 100, arguments->options.seed, train);
    }
    const fs::path out = arguments->out.empty() ? folder_of(arguments->data) / kSplitName : fs::path(arguments->out);
    keep_earlier(out, split);
    write_split(out, split);
    if (changes) write_manifest(arguments->manifest_out, manifest);
    const SplitLeaks leaks = find_leaks(manifest.samples, split);
    if (arguments->json) {
      nlohmann::ordered_json json;
      json["subsets"] = nlohmann::ordered_json::parse(dataset_json(manifest, &split));
      json["leaks"] = {{"groups", leaks.groups}, {"test_images", leaks.test_images}, {"lines", leaks.lines}};
      std::cout << json.dump(1) << "\n";
      return;
    }
    std::cout << dataset_table(manifest, &split) << "\n";
    if (leaks.groups > 0)
      std::cout << leaks.groups << " groups are in more than one subset; " << leaks.test_images
                << " test images have a relative in another one\n";
    print_some("remarks", leaks.lines, 20);
    std::cout << "written: " << out.string() << (changes ? ", " + arguments->manifest_out : "") << "\n";
  });
}

void add_show(CLI::App& data) {
  struct Arguments {
    std::string data, split, subset, out;
    PreviewOptions options;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "show", "count a data set and draw a sheet of its images",
                                  "lanet data show data/busi --augmented --out sheet.png");
  command->add_option("data", arguments->data, "manifest or its folder")->required();
  command->add_option("--subset", arguments->subset, "only images of this subset");
  command->add_option("--split", arguments->split, "split list (default: split.csv beside the manifest)");
  command->add_option("--out", arguments->out, "PNG to draw; nothing is drawn without it");
  command->add_option("--count", arguments->options.images, "pictures on the sheet")->capture_default_str();
  command->add_flag("--augmented", arguments->options.augmented, "each image followed by what training makes of it");
  command->add_option("--seed", arguments->options.seed, "of the augmentation")->capture_default_str();
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  command->callback([arguments] {
    const Manifest manifest = read_manifest(arguments->data);
    const fs::path file =
        arguments->split.empty() ? folder_of(arguments->data) / kSplitName : fs::path(arguments->split);
    std::optional<Split> split;
    if (fs::exists(file)) split = read_split(file);
    std::vector<std::string> ids;
    if (!arguments->subset.empty() && !split)
      throw ConfigError(
          {"--subset", arguments->subset + " without a split", "a split list", "make one by `lanet data split`"});
    if (!arguments->subset.empty())
      ids = split->ids(manifest, arguments->subset);
    else
      for (const Sample& sample : manifest.samples) ids.push_back(sample.id);
    if (ids.empty()) throw DataError({file.string(), "no image in subset " + arguments->subset, "at least one", ""});
    std::cout << (arguments->json ? dataset_json(manifest, split ? &*split : nullptr)
                                  : dataset_table(manifest, split ? &*split : nullptr));
    if (arguments->out.empty()) return;
    write_png(arguments->out, preview_sheet(manifest, ids, arguments->options));
    std::cout << "written: " << arguments->out << "\n";
  });
}

}  // namespace

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "import, audit, split and show data sets");
  data->require_subcommand(1);
  add_import(*data);
  add_audit(*data);
  add_split(*data);
  add_show(*data);
}

}  // namespace lanet
