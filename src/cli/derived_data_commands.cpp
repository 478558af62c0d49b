#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "dataset/classes.hpp"
#include "dataset/derived_manifest.hpp"
#include "dataset/split.hpp"
#include "dataset/statistics.hpp"
#include "finding/class_meaning.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

void publish_manifest(const fs::path& file, const Manifest& manifest, bool overwrite) {
  const DerivedManifestNotes notes = write_derived_manifest(file, manifest, overwrite);
  if (!notes.earlier.empty())
    std::cerr << "note: another list was there; it is kept as " << notes.earlier.string() << "\n";
  if (notes.not_in_split > 0)
    std::cerr << "note: " << (file.parent_path() / kSplitName).string() << " does not name "
              << count_of(static_cast<std::size_t>(notes.not_in_split), "image", "images")
              << " of this list; divide it again with `lanet data split`\n";
}

void add_merge(CLI::App& data) {
  struct Arguments {
    std::vector<std::string> data;
    std::string out;
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = add_command(data, "merge", "make one data set of several, with their images where they lie",
                                  "lanet data merge data/busbra data/busuclm --out data/both");
  command->add_option("data", arguments->data, "manifests or their folders, two or more")
      ->required()
      ->expected(-2);  // two and more
  command->add_option("--out", arguments->out, "folder for the manifest")->required();
  command->add_flag("--overwrite", arguments->overwrite, "replace files that lanet did not write");
  command->callback([arguments] {
    std::vector<Manifest> manifests;
    for (const std::string& one : arguments->data) manifests.push_back(read_manifest(one));
    const Manifest merged = merge_manifests(manifests);
    const fs::path out = fs::path(arguments->out) / kManifestName;
    for (const std::string& one : arguments->data) require_no_input("--out", out, {manifest_file(one)});
    publish_manifest(out, merged, arguments->overwrite);
    std::cout << dataset_table(merged, nullptr) << "\nwritten: " << out.string() << "\n";
  });
}

void add_lesion_free(CLI::App& data) {
  struct Arguments {
    std::string data, out, normal;
    LesionFreeOptions options;
    std::string smallest = exact(options.smallest), largest = exact(options.largest), margin = exact(options.margin),
                share = exact(options.share);
    bool overwrite = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      add_command(data, "lesion-free",
                  "cut pieces without a lesion out of images with one and add them as images of class normal, so "
                  "that a machine alone does not tell whether there is a lesion",
                  "lanet data lesion-free data/busbra --out data/with_normal");
  command->add_option("data", arguments->data, "manifest or its folder")->required();
  command->add_option("--out", arguments->out, "folder for the new manifest")->required();
  command->add_option("--normal", arguments->normal,
                      "class of the pieces (default: the data set's normal class, or normal)");
  command
      ->add_option("--smallest", arguments->smallest,
                   "smallest share of the image's sides that a piece has: 0.4 or 40%")
      ->capture_default_str();
  command->add_option("--largest", arguments->largest, "largest share")->capture_default_str();
  command->add_option("--margin", arguments->margin, "distance to the lesion, as a share of the longer side")
      ->capture_default_str();
  command->add_option("--share", arguments->share, "share of the images that are tried")->capture_default_str();
  command->add_option("--seed", arguments->options.seed, "of the choice")->capture_default_str();
  command->add_flag("--overwrite", arguments->overwrite, "replace files that lanet did not write");
  command->callback([arguments] {
    LesionFreeOptions& options = arguments->options;
    options.smallest = parse_share(arguments->smallest, "--smallest");
    options.largest = parse_share(arguments->largest, "--largest");
    options.margin = parse_share(arguments->margin, "--margin");
    options.share = parse_share(arguments->share, "--share");
    Manifest manifest = read_manifest(arguments->data);
    const fs::path out = fs::path(arguments->out) / kManifestName;
    const std::string known =
        manifest.normal_class.empty() ? known_normal_class(class_names(manifest.samples)) : manifest.normal_class;
    const std::string normal = !arguments->normal.empty() ? arguments->normal : known.empty() ? "normal" : known;
    const auto progress = make_console_progress();
    if (add_lesion_free_pieces(manifest, normal, options, *progress) == 0)
      throw DataError({manifest.place(), "no image with room for a piece beside its lesion",
                       "one at least, with a mask or box, without a crop, and " + fixed(kLeastPieceSide, 0) +
                           " px or more beside its lesion",
                       "lower --smallest, --largest or --margin, or raise --share"});
    require_no_input("--out", out, {manifest_file(arguments->data)});
    publish_manifest(out, manifest, arguments->overwrite);
    std::cout << dataset_table(manifest, nullptr) << "\nwritten: " << out.string() << "\n";
  });
}

}  // namespace

void add_derived_data_commands(CLI::App& data) {
  add_merge(data);
  add_lesion_free(data);
}

}  // namespace lanet
