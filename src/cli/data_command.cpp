#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "augment/preview.hpp"
#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/subset_arguments.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/grouped_problems.hpp"
#include "core/json_text.hpp"
#include "core/output_folder.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "dataset/audit.hpp"
#include "dataset/classes.hpp"
#include "dataset/derived_manifest.hpp"
#include "dataset/import.hpp"
#include "dataset/reimport.hpp"
#include "dataset/split.hpp"
#include "dataset/statistics.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAuditJson = "audit.json";
constexpr const char* kAuditSheet = "audit.png";

fs::path folder_of(const std::string& data) { return manifest_file(data).parent_path(); }

/// The first few of a long list, the rest as a number.
void print_some(const char* one, const char* several, const std::vector<std::string>& lines, std::size_t most) {
  if (lines.empty()) return;
  std::cout << count_of(lines.size(), one, several) << ":\n";
  for (std::size_t index = 0; index < std::min(most, lines.size()); ++index) std::cout << "  " << lines[index] << "\n";
  if (lines.size() > most) std::cout << "  ... " << lines.size() - most << " more\n";
}

void add_import(CLI::App& data) {
  struct Arguments {
    ImportOptions options;
    std::string source, image_root, out, only, positive, normal, mask_values;
    std::vector<std::string> subsets, classes;
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "import", "make a manifest of images where they lie",
                                  "lanet data import Dataset_BUSI_with_GT --out data/busi\n"
                                  "  lanet data import --subset train=authors_train.csv --subset test=authors_test.csv "
                                  "--masks-beside --out data/busi_authors");
  command->add_option("source", arguments->source, "folder of a data set, or a CSV list");
  command->add_option("--out", arguments->out, "folder for the manifest (default: the source)");
  command->add_option("--format", arguments->options.format, "auto, or " + join_text(import_formats(), ", "))
      ->capture_default_str();
  command
      ->add_option("--subset", arguments->subsets,
                   "SUBSET=LIST.csv: a list and the subset its images belong to; may be repeated")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1);
  command->add_option("--image-root", arguments->image_root, "folder that a list's image paths are relative to");
  command->add_option("--images", arguments->options.images, "folder of the images, where its name does not say it");
  command->add_option("--masks", arguments->options.masks, "folder of their masks, where its name does not say it");
  command->add_option("--mask-values", arguments->mask_values,
                      "values (1,2) or colours (red,green) of the masks that mean a lesion, where there are several");
  command->add_flag("--masks-beside", arguments->options.masks_beside,
                    "use NAME_mask.png beside an image in place of a list's box");
  command->add_option("--min-box-area", arguments->options.min_box_area, "smaller boxes (px^2) are specks and dropped")
      ->capture_default_str();
  command->add_option("--every", arguments->options.every, "video: every n-th frame")->capture_default_str();
  command->add_flag("--crop", arguments->options.crop_to_ultrasound, "note the ultrasound region of screenshots");
  command->add_option("--positive", arguments->positive,
                      "class that decisions are about (default: malignant, in any of the languages that lanet knows)");
  command->add_option("--normal", arguments->normal, "class of images without a lesion (default: normal, as above)");
  add_classes_option(*command, arguments->classes);
  command->add_flag(
      "--overwrite", arguments->overwrite,
      "take the source's labels where the manifest has others, and replace files that lanet did not write");
  command->add_option("--only", arguments->only, "file with the ids to take, one a line");
  command->callback([arguments] {
    ImportOptions& options = arguments->options;
    options.source = arguments->source;
    options.image_root = arguments->image_root;
    options.mask_values = parse_mask_values(arguments->mask_values, "--mask-values");
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
    if (std::error_code ignored; !options.source.empty() && !fs::exists(options.source, ignored))
      throw DataError({options.source.string(), "nothing there", "a folder of images or a CSV list", ""});
    const fs::path out = !arguments->out.empty() ? fs::path(arguments->out)
                         : fs::is_directory(options.source)
                             ? options.source
                             : throw ConfigError({"--out", "none", "a folder for the manifest", ""});
    options.out = out;
    options.overwrite = arguments->overwrite;
    Imported imported = import_dataset(options);
    const std::string place = options.source.empty() ? out.string() : options.source.string();
    const std::string mapped = ClassMap(arguments->classes).apply(imported.manifest, place);
    if (!mapped.empty()) imported.report.notes.insert(imported.report.notes.begin(), mapped);
    const ClassRoles roles = settle_import_roles(imported.manifest, out, arguments->positive, arguments->normal);
    const StoredImport stored = store_import(imported, out, arguments->overwrite);
    std::cout << dataset_table(imported.manifest, imported.split ? &*imported.split : nullptr) << "\n";
    std::cout << "taken for: " << imported.report.taken_for << "; --format says otherwise\n";
    print_some("kind of file not used", "kinds of files not used", imported.report.unused, 20);
    if (const std::string text = roles_text(roles); !text.empty()) std::cout << text << "\n";
    print_some("note", "notes", grouped_problems(imported.report.notes), 10);
    print_some("problem", "problems", grouped_problems(imported.report.problems), 20);
    for (const std::string& line : stored.lines) std::cout << line << "\n";
    std::cout << "written: " << stored.manifest.string() << "\n";
  });
}

void add_audit(CLI::App& data) {
  struct Arguments {
    std::string data, out;
    AuditOptions options;
    bool group = false;
    bool overwrite = false;
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
  command->add_flag("--overwrite", arguments->overwrite, "replace files that lanet did not write");
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  command->callback([arguments] {
    Manifest manifest = read_manifest(arguments->data);
    OutputFolder out(arguments->out.empty() ? folder_of(arguments->data) : fs::path(arguments->out),
                     arguments->overwrite);
    out.require_writable({kAuditJson, kAuditSheet});
    const auto progress = make_console_progress();
    const Audit audit = audit_dataset(manifest, arguments->options, *progress);
    out.write(kAuditJson, audit_json(audit));
    out.write_with(kAuditSheet, [&](const fs::path& file) { write_png(file, audit_sheet(manifest, audit, 30)); });
    std::cout << (arguments->json ? audit_json(audit) : audit_table(audit));
    if (arguments->group) {
      const fs::path list = manifest_file(arguments->data);
      const std::int64_t changed = group_by_clusters(manifest, audit.clusters);
      const fs::path kept = rewrite_groups(list, manifest);
      if (!arguments->json)
        std::cout << count_of(static_cast<std::size_t>(changed), "image", "images") << " got a group in "
                  << list.string()
                  << (kept.empty() ? "" : "; as it was before: " + (list.parent_path() / kept).string()) << "\n";
    }
    if (!arguments->json)
      std::cout << "written: " << (out.path() / kAuditJson).string() << ", " << (out.path() / kAuditSheet).string()
                << "\n";
  });
}

void add_split(CLI::App& data) {
  struct Arguments {
    std::string data, out, list, manifest_out;
    std::string val = "0.15", test = "0.15", keep_location = "1", folds_by;
    SplitOptions options;
    bool as_boxes = false;
    bool overwrite = false;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "split", "divide a data set by group, stratified by class",
                                  "lanet data split data/busi --val 0.15 --test 0.15 --seed 1");
  command->add_option("data", arguments->data, "manifest or its folder")->required();
  command->add_option("--val", arguments->val, "share for validation: 0.15 or 15%")->capture_default_str();
  command->add_option("--test", arguments->test, "share for the test")->capture_default_str();
  command->add_option("--folds", arguments->options.folds, "k folds in place of train, val and test")
      ->capture_default_str();
  CLI::Option* folds_by =
      command->add_option("--folds-by", arguments->folds_by,
                          "leave one out: a fold for every value of this column, such as source or device");
  command->add_option("--seed", arguments->options.seed, "of the choice")->capture_default_str();
  command->add_option("--list", arguments->list, "take this split as it is and report its leaks");
  command->add_option("--out", arguments->out, "file to write (default: split.csv beside the manifest)");
  command
      ->add_option(
          "--keep-location", arguments->keep_location,
          "share of the training images that keep their location label: 0.5 or 50%; needs --manifest-out and a "
          "subset train")
      ->capture_default_str();
  command->add_flag("--as-boxes", arguments->as_boxes, "turn masks into boxes; needs --manifest-out");
  command->add_option("--manifest-out", arguments->manifest_out, "file for the manifest with changed location labels");
  command->add_flag("--overwrite", arguments->overwrite,
                    "replace files at --out and --manifest-out that lanet did not write");
  command->add_flag("--json", arguments->json, "print JSON in place of the table");
  command->callback([arguments, folds_by] {
    arguments->options.val_share = parse_share(arguments->val, "--val");
    arguments->options.test_share = parse_share(arguments->test, "--test");
    const double share = parse_share(arguments->keep_location, "--keep-location");
    Manifest manifest = read_manifest(arguments->data);
    const bool folds_of_column = folds_by->count() > 0;
    if (folds_of_column && (!arguments->list.empty() || arguments->options.folds > 0))
      throw ConfigError({"--folds-by", "with --list or --folds", "one of them", ""});
    ColumnFolds by_column;
    if (folds_of_column) by_column = folds_by_column(manifest, arguments->folds_by);
    const bool drawn = !folds_of_column && arguments->list.empty();
    const Split split = folds_of_column ? by_column.split
                        : drawn         ? make_split(manifest.samples, arguments->options)
                                        : read_split(arguments->list);
    const std::vector<std::string> training = split.ids(manifest, "train");
    if (share < 1 && training.empty())
      throw ConfigError({"--keep-location", "a split without a subset train", "one, whose labels may be struck out",
                         "leave --folds out, or strike them in training by --set data.location_share=SHARE"});
    const bool changes = arguments->as_boxes || share < 1;
    if (changes && arguments->manifest_out.empty())
      throw ConfigError({"--manifest-out", "nothing", "a file for the changed manifest",
                         "location labels are never struck out of the original"});
    const fs::path out = arguments->out.empty() ? folder_of(arguments->data) / kSplitName : fs::path(arguments->out);
    if (changes) {
      require_no_input("--manifest-out", arguments->manifest_out,
                       {folder_of(arguments->data) / kSplitName, arguments->list});
      if (fs::weakly_canonical(arguments->manifest_out) == fs::weakly_canonical(out))
        throw ConfigError({"--manifest-out", arguments->manifest_out + ", which is the file of the split too",
                           "a file of its own", ""});
    }
    require_no_input("--out", out, {manifest_file(arguments->data)});
    require_replaceable_split(out, split, arguments->overwrite);
    if (arguments->as_boxes) masks_to_boxes(manifest);
    if (share < 1) keep_location(manifest.samples, share, arguments->options.seed, training);
    if (changes)
      write_other_manifest(arguments->manifest_out, manifest, manifest_file(arguments->data), arguments->overwrite);
    if (const fs::path kept = publish_split(out, split, arguments->overwrite); !kept.empty())
      std::cerr << "note: another list was there; it is kept as " << (out.parent_path() / kept).string() << "\n";
    if (drawn)
      for (const std::string& line : unfilled_subsets(manifest.samples, split, arguments->options))
        std::cerr << "note: " << line << "\n";
    const SplitLeaks leaks = find_leaks(manifest.samples, split);
    if (arguments->json) {
      nlohmann::ordered_json json;
      json["subsets"] = nlohmann::ordered_json::parse(dataset_json(manifest, &split));
      json["leaks"] = {{"groups", leaks.groups}, {"test_images", leaks.test_images}, {"lines", leaks.lines}};
      std::cout << json_text(json, 1) << "\n";
      return;
    }
    std::cout << dataset_table(manifest, &split) << "\n";
    if (leaks.groups > 0)
      std::cout << count_of(static_cast<std::size_t>(leaks.groups), "group is", "groups are")
                << " in more than one subset; "
                << count_of(static_cast<std::size_t>(leaks.test_images), "test image has", "test images have")
                << " a relative in another one\n";
    print_some("remark", "remarks", leaks.lines, 20);
    for (std::size_t fold = 0; fold < by_column.values.size(); ++fold)
      std::cout << "fold" << fold << " is " << arguments->folds_by << " " << by_column.values[fold] << "\n";
    if (arguments->options.folds > 1 || !by_column.values.empty())
      std::cout << "a fold is chosen in training: lanet train ... --set data.fold=0 tests on fold0 and learns from the "
                   "others\n";
    std::cout << "written: " << out.string() << (changes ? ", " + arguments->manifest_out : "") << "\n";
  });
}

void add_show(CLI::App& data) {
  struct Arguments {
    std::string data, split, subset, out;
    PreviewOptions options;
    bool overwrite = false;
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
  command->add_flag("--overwrite", arguments->overwrite, "replace a file at --out that lanet did not write");
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
    if (!arguments->out.empty()) {
      for (const Sample& sample : manifest.samples) {
        require_no_input("--out", arguments->out, {manifest.image_path(sample)});
        for (const std::string& mask : sample.masks)
          require_no_input("--out", arguments->out, {manifest.mask_path(mask)});
      }
      OutputFolder(fs::path(arguments->out).parent_path(), arguments->overwrite)
          .require_writable({fs::path(arguments->out).filename()}, kPictureKind);
    }
    std::cout << (arguments->json ? dataset_json(manifest, split ? &*split : nullptr)
                                  : dataset_table(manifest, split ? &*split : nullptr));
    if (arguments->out.empty()) return;
    const fs::path sheet(arguments->out);
    OutputFolder(sheet.parent_path(), arguments->overwrite).write_with(sheet.filename(), [&](const fs::path& drawn) {
      write_png(drawn, preview_sheet(manifest, ids, arguments->options));
    });
    std::cout << "written: " << arguments->out << "\n";
  });
}

}  // namespace

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "import, audit, split, merge and show data sets");
  data->footer("Example:\n  lanet data import Dataset_BUSI_with_GT --out data/busi");
  data->require_subcommand(1);
  add_import(*data);
  add_audit(*data);
  add_split(*data);
  add_derived_data_commands(*data);
  add_show(*data);
}

}  // namespace lanet
