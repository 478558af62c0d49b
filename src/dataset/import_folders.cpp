#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.hpp"
#include "core/readable.hpp"
#include "core/text.hpp"
#include "dataset/import_common.hpp"
#include "dataset/mask_names.hpp"
#include "finding/class_meaning.hpp"
#include "image/codec.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

/// What the folders above a picture say of it.
struct Above {
  std::string subset, class_name, group;
  std::vector<fs::path> mask_folders;  // where the masks of the pictures here may lie
  fs::path ids_below;                  // ids are paths below it
};

struct Subfolders {
  std::vector<fs::path> images, masks, subsets, named;
};

Subfolders subfolders_of(const fs::path& folder) {
  Subfolders found;
  std::error_code code;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (!is_hidden_name(entry->path()) && entry->is_directory(code)) folders.push_back(entry->path());
  std::sort(folders.begin(), folders.end());
  const bool images_here = std::any_of(folders.begin(), folders.end(), [](const fs::path& path) {
    return is_folder_of_images(path.filename().string());
  });
  for (const fs::path& path : folders) {
    const std::string name = path.filename().string();
    if (name == "__MACOSX") continue;
    if (is_folder_of_masks(name) || (images_here && may_be_folder_of_masks(name)))
      found.masks.push_back(path);
    else if (is_folder_of_images(name))
      found.images.push_back(path);
    else if (subset_of_folder_name(name))
      found.subsets.push_back(path);
    else
      found.named.push_back(path);
  }
  return found;
}

bool leads_to_class_words(const Subfolders& below) {
  return std::any_of(below.named.begin(), below.named.end(),
                     [](const fs::path& path) { return is_class_word(path.filename().string()); });
}

/// "P001", "patient 12", "case_3" and the like; bare numbers may be patients, but also years or batches.
enum class PatientName { kNo, kNumber, kYes };
PatientName patient_name(const std::string& name) {
  constexpr std::array kWords = {"p",       "pt",     "pat", "patient", "patientin", "paciente", "paziente",
                                 "case",    "caso",   "cas", "fall",    "subject",   "subj",     "sub",
                                 "proband", "person", "id",  "pid",     "mrn"};
  std::string words = name;
  std::replace_if(
      words.begin(), words.end(),
      [](unsigned char letter) { return std::isdigit(letter) != 0 || letter == '_' || letter == '-'; }, ' ');
  const bool numbered =
      std::any_of(name.begin(), name.end(), [](unsigned char letter) { return std::isdigit(letter) != 0; });
  words = folded_name(words);
  if (!numbered) return PatientName::kNo;
  if (words.empty()) return PatientName::kNumber;
  return std::find(kWords.begin(), kWords.end(), words) == kWords.end() ? PatientName::kNo : PatientName::kYes;
}

/// Whether several folders with class folders inside are patients: they are called so, or are numbers with one class
/// folder each. Folders of several data sets, years or machines are none.
bool are_patients(const std::vector<fs::path>& folders) {
  return folders.size() > 1 && std::all_of(folders.begin(), folders.end(), [](const fs::path& folder) {
           const PatientName name = patient_name(folder.filename().string());
           const Subfolders below = subfolders_of(folder);
           return leads_to_class_words(below) &&
                  (name == PatientName::kYes || (name == PatientName::kNumber && below.named.size() == 1));
         });
}

/// The path without numbers: what masks_1 and masks_2 have in common.
std::string numberless(const fs::path& folder) {
  std::string plain;
  for (const char letter : folder.generic_string())
    if (std::string_view("0123456789_- ()").find(letter) == std::string_view::npos) plain += letter;
  return plain;
}

class FolderImport {
 public:
  explicit FolderImport(const ImportOptions& options) : options_(options) {
    imported_.manifest.folder = options.source;
    const auto lies_below = [](const fs::path& folder, const fs::path& root) {
      return !relative_to(folder, root).starts_with("..");
    };
    if (!options.images.empty() && !lies_below(options.images, options.source))
      imported_.manifest.folder = options.images;
    if (!options.masks.empty() && !lies_below(options.masks, imported_.manifest.folder))
      imported_.manifest.mask_folder = options.masks;
  }

  Imported run() {
    Above above;
    above.ids_below = options_.source;
    if (!options_.images.empty()) {
      above.ids_below = options_.images;
      if (!options_.masks.empty()) above.mask_folders = {options_.masks};
      visit(options_.images, above);
    } else {
      if (!options_.masks.empty()) above.mask_folders = {options_.masks};
      visit(options_.source, above);
    }
    require_something_known();
    if (!split_.subset_of.empty()) imported_.split = std::move(split_);
    describe();
    return std::move(imported_);
  }

 private:
  const ImportOptions& options_;
  Imported imported_;
  Split split_;
  UniqueIds ids_;
  std::set<fs::path> visited_;               // links may lead in a circle
  bool pairs_ = false;                       // folders of images beside folders of masks were met
  std::set<std::string> patients_, passed_;  // folders above the class folders, among others of their kind

  void visit(const fs::path& folder, Above above) {
    std::error_code code;
    if (!options_.masks.empty() && fs::equivalent(folder, options_.masks, code) &&
        !fs::equivalent(folder, options_.images.empty() ? options_.source : options_.images, code))
      return;
    if (!visited_.insert(fs::weakly_canonical(folder, code)).second) return;
    const Subfolders below = subfolders_of(folder);
    if (options_.masks.empty())
      above.mask_folders.insert(above.mask_folders.begin(), below.masks.begin(), below.masks.end());
    add_pictures(folder, above);
    if (!below.images.empty() && !below.masks.empty()) pairs_ = true;
    for (const fs::path& images : below.images) {
      Above inside = above;
      inside.mask_folders = masks_for(above.mask_folders, images, below.images);
      visit(images, inside);
    }
    for (const fs::path& subset : below.subsets) {
      Above inside = above;
      if (inside.subset.empty()) inside.subset = *subset_of_folder_name(subset.filename().string());
      inside.mask_folders = counterparts(above.mask_folders, subset);
      visit(subset, inside);
    }
    const bool patients = above.class_name.empty() && above.group.empty() && are_patients(below.named);
    for (const fs::path& named : below.named) {
      Above beside = above;
      beside.mask_folders = masks_for(above.mask_folders, named, below.named);
      if (patients) patients_.insert(beside.group = named.filename().string());
      visit_named(named, beside, below.named.size() == 1);
    }
  }

  /// Of benign_masks beside benign and malignant only what is called as the folder: that first, the others of no name.
  std::vector<fs::path> masks_for(const std::vector<fs::path>& mask_folders, const fs::path& folder,
                                  const std::vector<fs::path>& siblings) const {
    if (!options_.masks.empty()) return mask_folders;  // it was said where they lie
    const auto plain = [](const fs::path& path) { return name_without_mask_words(path.filename().string()); };
    const std::string own = plain(folder);
    std::vector<fs::path> kept, others;
    for (const fs::path& masks : mask_folders) {
      const std::string name = plain(masks);
      const bool of_another = !name.empty() && name != own &&
                              std::any_of(siblings.begin(), siblings.end(),
                                          [&](const fs::path& sibling) { return plain(sibling) == name; });
      if (!of_another) (name == own && !name.empty() ? kept : others).push_back(masks);
    }
    kept.insert(kept.end(), others.begin(), others.end());
    return kept;
  }

  /// CLASS, then PATIENT; a folder between the data set and its classes is passed through.
  void visit_named(const fs::path& folder, const Above& above, bool alone) {
    const std::string name = folder.filename().string();
    Above inside = above;
    inside.mask_folders = counterparts(above.mask_folders, folder);
    const bool passed = above.class_name.empty() && leads_to_classes(folder, alone);
    if (passed && !alone && above.group.empty()) passed_.insert(name);
    if (above.class_name.empty() && !passed)
      inside.class_name = name;
    else if (!above.class_name.empty() && above.group.empty())
      inside.group = name;
    visit(folder, inside);
  }

  bool leads_to_classes(const fs::path& folder, bool alone) const {
    if (is_class_word(folder.filename().string())) return false;
    const Subfolders below = subfolders_of(folder);
    if (leads_to_class_words(below)) return true;
    const bool holds_a_set =
        below.named.size() > 1 || !below.subsets.empty() || (!below.images.empty() && !below.masks.empty());
    return alone && holds_a_set && image_files(folder).empty();
  }

  /// masks/CLASS beside images/CLASS; the folders above stay, for masks may all lie in one.
  static std::vector<fs::path> counterparts(const std::vector<fs::path>& mask_folders, const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code code;
    for (const fs::path& masks : mask_folders)
      if (fs::is_directory(masks / folder.filename(), code)) folders.push_back(masks / folder.filename());
    folders.insert(folders.end(), mask_folders.begin(), mask_folders.end());
    return folders;
  }

  void add_pictures(const fs::path& folder, const Above& above) {
    std::vector<fs::path> files;
    try {
      files = image_files(folder);
    } catch (const DataError& error) {
      imported_.report.problems.emplace_back(error.what());
      return;
    }
    if (files.empty()) return;
    const MaskIndex beside(folder, MaskIndex::Place::kBesideImages);
    std::vector<MaskIndex> apart;
    for (const fs::path& masks : above.mask_folders) apart.emplace_back(masks, MaskIndex::Place::kFolderOfMasks);
    for (const fs::path& file : files) {
      if (is_named_as_mask(file)) continue;
      // A manifest's masks lie below one folder.
      auto masks = imported_.manifest.mask_folder.empty() ? beside.masks_of(file) : std::vector<fs::path>{};
      std::string taken_from;
      for (std::size_t index = 0; index < apart.size(); ++index) {
        const std::string name = numberless(above.mask_folders[index]);
        if (!masks.empty() && name != taken_from) continue;
        const auto more = apart[index].masks_of(file);
        if (!more.empty()) taken_from = name;
        masks.insert(masks.end(), more.begin(), more.end());
      }
      add_picture(file, masks, above);
    }
  }

  void add_picture(const fs::path& file, const std::vector<fs::path>& masks, const Above& above) {
    const auto size = probe_size(file, imported_.report);
    if (!size) return;
    Sample sample;
    sample.id = ids_.take(id_of(file, above.ids_below), file);
    sample.image = relative_to(file, imported_.manifest.folder);
    sample.class_name = above.class_name;
    sample.group = above.group;
    std::error_code code;
    sample.source = fs::weakly_canonical(options_.source, code).filename().string();
    const Manifest& manifest = imported_.manifest;
    if (!masks.empty())
      attach_masks(sample, *size, masks, manifest.mask_folder.empty() ? manifest.folder : manifest.mask_folder,
                   imported_.report, options_.mask_values);
    else if (is_normal_class(sample.class_name))
      sample.location = Location::kEmpty;
    if (!above.subset.empty()) split_.subset_of[sample.id] = above.subset;
    imported_.manifest.samples.push_back(std::move(sample));
  }

  /// The path below the data set without the folders that only say "images".
  static std::string id_of(const fs::path& file, const fs::path& root) {
    fs::path id;
    for (const fs::path& part : fs::path(relative_to(file.parent_path(), root)))
      if (part != "." && !is_folder_of_images(part.string())) id /= part;
    return (id / file.stem()).generic_string();
  }

  void require_something_known() const {
    const auto& samples = imported_.manifest.samples;
    const bool known = std::any_of(samples.begin(), samples.end(), [](const Sample& sample) {
      return !sample.class_name.empty() || sample.has_location();
    });
    if (known || samples.empty() || !imported_.report.problems.empty()) return;
    const std::string seen = folders_seen();
    throw DataError({options_.source.string(),
                     count_of(samples.size(), "picture", "pictures") + " without class folders and without masks" +
                         (seen.empty() ? "" : " (below " + seen + ", which name no class)"),
                     "CLASS/NAME.png, or masks beside the images or in a folder of their own",
                     "name the folders by --images and --masks, or the format by --format"});
  }

  /// The folders in the source, "images, labels"; "" without any.
  std::string folders_seen() const {
    constexpr std::size_t kMost = 5;
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator entry(options_.source, code), end; !code && entry != end; entry.increment(code))
      if (!is_hidden_name(entry->path()) && entry->is_directory(code))
        names.push_back(readable(entry->path().filename().string()));
    std::sort(names.begin(), names.end());
    if (names.size() > kMost) names = {std::to_string(names.size()) + " folders"};
    return join_text(names, ", ");
  }

  static std::string first_of(const std::set<std::string>& names) {
    constexpr std::size_t kMost = 3;
    std::vector<std::string> first;
    for (const std::string& name : names)
      if (first.size() < kMost) first.push_back(readable(name));
    return join_text(first, ", ") + (names.size() > kMost ? " ..." : "");
  }

  void describe() {
    std::map<std::string, std::int64_t> classes;
    std::int64_t masks = 0;
    for (const Sample& sample : imported_.manifest.samples) {
      if (!sample.class_name.empty()) ++classes[sample.class_name];
      masks += sample.masks.empty() ? 0 : 1;
    }
    constexpr std::size_t kManyClasses = 20;
    if (classes.size() > kManyClasses)
      imported_.report.notes.push_back(options_.source.string() + ": " + std::to_string(classes.size()) +
                                       " folders are taken for classes; where they are patients, sort them into "
                                       "CLASS/PATIENT/NAME.png");
    if (passed_.size() > 1)
      imported_.report.notes.push_back(
          "folders above the class folders, which say nothing of the images: " + first_of(passed_) +
          "; where they are patients, call them P001, P002 ..., or fill the column group: images of one patient must "
          "stay in one subset");
    std::vector<std::string> names;
    for (const auto& [name, count] : classes) names.push_back(name + " (" + std::to_string(count) + ")");
    const std::string form =
        pairs_ || !options_.images.empty() ? "folders of images and of masks" : "folders of images";
    imported_.report.taken_for =
        form + (names.empty() ? ", no classes" : ", a folder a class: " + join_text(names, ", ")) + "; " +
        count_of(static_cast<std::size_t>(masks), "image", "images") + " with masks" +
        (imported_.split || !split_.subset_of.empty() ? "; its subsets are taken over" : "") +
        (patients_.empty()
             ? ""
             : "; the folders above the classes are " + count_of(patients_.size(), "patient", "patients") +
                   ", each in one subset: " + first_of(patients_));
  }
};

}  // namespace

// Class folders in any depth, or images without classes; masks beside them, in a folder among them or in one beside
// theirs (docs/layouts.md).
Imported import_folders(const ImportOptions& options) { return FolderImport(options).run(); }

}  // namespace lanet
