#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "dataset/label_files.hpp"
#include "dataset/picture_finder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  return extension == ".yaml" || extension == ".yml";
}

/// Where the classes' names stand, and what else the file says.
struct Description {
  YoloDescription said;
  fs::path folder;  // of the file
  std::string note;
};

/// classes.txt of labelImg, obj.names of CVAT and darknet, in the data set's folder or one below.
std::optional<Description> described_by_list(const fs::path& root) {
  std::vector<fs::path> folders = {root};
  std::error_code code, ignored;
  for (const auto& entry : fs::directory_iterator(root, code))
    if (entry.is_directory(ignored) && !entry.path().filename().string().starts_with('.'))
      folders.push_back(entry.path());
  std::sort(folders.begin() + 1, folders.end());
  for (const char* name : {"classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt", "classes.names"})
    for (const fs::path& folder : folders) {
      if (!fs::is_regular_file(folder / name, ignored)) continue;
      Description description;
      description.said.classes = parse_yolo_names(read_text_file(folder / name));
      description.folder = root;
      if (!description.said.classes.names.empty()) return description;
    }
  return std::nullopt;
}

/// data.yaml before others; a YAML without `names` is another tool's.
std::optional<Description> described_by_yaml(const fs::path& source, const fs::path& root) {
  std::vector<fs::path> files;
  if (fs::is_regular_file(source)) {
    if (!is_yaml(source)) return std::nullopt;
    files.push_back(source);
  } else {
    for (const auto& entry : fs::directory_iterator(root))
      if (entry.is_regular_file() && is_yaml(entry.path()) && !entry.path().filename().string().starts_with('.'))
        files.push_back(entry.path());
    const auto rank = [](const fs::path& file) {
      const std::string stem = to_lower(file.stem().string());
      return std::pair(stem == "data" ? 0 : stem == "dataset" ? 1 : 2, file);
    };
    std::sort(files.begin(), files.end(), [&](const auto& one, const auto& two) { return rank(one) < rank(two); });
  }
  std::string first_problem;
  for (const fs::path& file : files) {
    try {
      const std::string note = files.size() > 1 ? "the classes are those of " + file.string() : "";
      return Description{parse_yolo_yaml(read_text_file(file), file.string()), fs::absolute(file).parent_path(), note};
    } catch (const DataError& error) {
      if (first_problem.empty()) first_problem = error.what();
    }
  }
  if (first_problem.empty()) return std::nullopt;
  const auto listed = described_by_list(root);  // a YAML of another tool may lie beside a classes.txt
  if (!listed) throw DataError(first_problem);
  return listed;
}

/// A path of a data.yaml or a list: as it stands, else without the leading `..` that Roboflow writes too many.
std::optional<fs::path> resolve(const std::string& text, const std::vector<fs::path>& bases, const fs::path& root) {
  const auto inside = [&](const fs::path& path) {
    const fs::path relative = path.lexically_relative(root);
    return !relative.empty() && *relative.begin() != ".." && fs::exists(path);
  };
  fs::path wanted(plain_path(trim(text)));
  while (true) {
    for (const fs::path& base : bases) {
      fs::path path = (base / wanted).lexically_normal();
      if (!path.has_filename()) path = path.parent_path();
      if (inside(path)) return path;
    }
    if (wanted.empty() || (*wanted.begin() != ".." && *wanted.begin() != ".")) return std::nullopt;
    wanted = wanted.lexically_relative(*wanted.begin());
    if (*wanted.begin() == "..") return std::nullopt;
  }
}

class YoloImport {
 public:
  explicit YoloImport(const ImportOptions& options) : root_(data_root(options)), finder_(root_) {
    auto description = described_by_yaml(options.source, root_);
    if (!description) description = described_by_list(root_);
    if (!description)
      throw DataError(
          {root_.string(), "neither data.yaml nor classes.txt", "the names of the classes in one of them", ""});
    description_ = *description;
    if (!description_.note.empty()) labels_.report.notes.push_back(description_.note);
    read_subsets();
  }

  LabelFile labels() {
    std::int64_t unused = 0;
    for (const fs::path& picture : finder_.pictures()) {
      const auto label = label_of(picture);
      const bool in_images =
          ("/" + picture.lexically_relative(root_).generic_string()).find("/images/") != std::string::npos;
      const auto told = subset_of_.find(picture);
      if (!label && !in_images && told == subset_of_.end()) {
        ++unused;
        continue;
      }
      add(picture, label, told == subset_of_.end() ? subset_by_folder(picture) : told->second);
    }
    check_yolo_numbers(description_.said.classes, used_, root_.string());
    if (unused > 0)
      labels_.report.notes.push_back(count_of(static_cast<std::size_t>(unused), "picture", "pictures") +
                                     " without a label file, outside of images/, not used");
    return std::move(labels_);
  }
  const fs::path& root() const { return root_; }

 private:
  void add(const fs::path& file, const std::optional<fs::path>& label, const std::string& subset) {
    LabelledPicture picture;
    try {
      if (label) {
        const std::string text = read_text_file(*label);
        used_.merge(yolo_class_numbers(text));
        LabelFile part = parse_yolo_labels(text, description_.said.classes, label->string());
        picture = std::move(part.pictures.front());
        auto& problems = labels_.report.problems;
        problems.insert(problems.end(), part.report.problems.begin(), part.report.problems.end());
      }
    } catch (const Error& error) {
      labels_.report.problems.emplace_back(error.what());
      picture.location_lost = true;
    }
    picture.name = picture.file = file;
    if (picture.place.empty()) picture.place = file.string();
    picture.subset = subset;
    labels_.pictures.push_back(std::move(picture));
  }

  /// labels/ in place of the last images/ of the path, beside the picture, or in a folder labels/ next to it.
  std::optional<fs::path> label_of(const fs::path& picture) const {
    const std::string name = picture.stem().string() + ".txt";
    std::vector<fs::path> candidates;
    const std::string path = picture.parent_path().generic_string() + "/";
    const std::size_t images = path.rfind("/images/");
    if (images != std::string::npos)
      candidates.push_back(path.substr(0, images) + "/labels/" + path.substr(images + std::string("/images/").size()) +
                           name);
    candidates.push_back(picture.parent_path() / name);
    candidates.push_back(picture.parent_path().parent_path() / "labels" / name);
    candidates.push_back(picture.parent_path() / "labels" / name);
    candidates.push_back(root_ / "labels" / name);
    std::error_code ignored;
    for (const fs::path& candidate : candidates)
      if (fs::is_regular_file(candidate, ignored)) return candidate;
    return std::nullopt;
  }

  std::string subset_by_folder(const fs::path& picture) const {
    for (const fs::path& part : picture.parent_path().lexically_relative(root_))
      if (const std::string subset = subset_of_name(part.string()); !subset.empty()) return subset;
    return "";
  }

  void set_subset(const fs::path& picture, const std::string& subset) {
    const auto [entry, fresh] = subset_of_.emplace(picture, subset);
    if (!fresh && entry->second != subset) shared_.insert(entry->second + " and " + subset);
  }

  void read_list(const fs::path& list, const std::string& subset, const std::vector<fs::path>& bases) {
    for (const std::string& line : split_text(read_text_file(list), '\n')) {
      if (trim(line).empty()) continue;
      auto with_list = bases;
      with_list.push_back(list.parent_path());
      if (const auto picture = resolve(line, with_list, root_))
        set_subset(*picture, subset);
      else if (const auto found = finder_.find(trim(line), list.parent_path(), list.string(), labels_.report))
        set_subset(*found, subset);
    }
  }

  /// train, val and test of the data.yaml, or train.txt, valid.txt ... of CVAT and darknet.
  void read_subsets() {
    std::vector<fs::path> bases;
    if (!description_.said.path.empty())
      if (const auto base = resolve(description_.said.path, {description_.folder}, root_)) bases.push_back(*base);
    bases.insert(bases.end(), {description_.folder, root_});
    auto subsets = description_.said.subsets;
    if (subsets.empty())
      for (const char* name : {"train.txt", "val.txt", "valid.txt", "test.txt"})
        if (fs::is_regular_file(root_ / name)) subsets.emplace_back(subset_of_name(name), name);
    for (const auto& [subset, text] : subsets) {
      const auto path = resolve(text, bases, root_);
      if (!path) {
        labels_.report.notes.push_back("'" + text + "' for " + subset + " is not below " + root_.string());
      } else if (fs::is_directory(*path)) {
        const std::string folder = path->string() + "/";
        for (const fs::path& picture : finder_.pictures())
          if (picture.string().starts_with(folder)) set_subset(picture, subset);
      } else if (to_lower(path->extension().string()) == ".txt") {
        read_list(*path, subset, bases);
      }
    }
    if (shared_.empty()) return;
    labels_.report.notes.push_back("the same pictures stand in " + *shared_.begin() + "; no split is taken over");
    for (auto& [picture, subset] : subset_of_) subset.clear();
  }

  fs::path root_;
  PictureFinder finder_;
  Description description_;
  LabelFile labels_;
  std::set<std::int64_t> used_;  // class numbers of all label files
  std::map<fs::path, std::string> subset_of_;
  std::set<std::string> shared_;  // "train and val", where both name the same picture
};

}  // namespace

// An image without label file is unlabelled; one with an empty label file is known to show no lesion (YOLO's background
// images), but its class stays unknown.
Imported import_yolo(const ImportOptions& options) {
  YoloImport yolo(options);
  return import_labelled(yolo.labels(), yolo.root(), options);
}

}  // namespace lanet
