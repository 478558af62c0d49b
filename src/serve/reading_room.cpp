#include "serve/reading_room.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "finding/finding_json.hpp"
#include "finding/overlay.hpp"
#include "image/codec.hpp"
#include "serve/http_error.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::ptrdiff_t kDecoders = 4;  // pictures in the making: what bounds their memory

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// Holds one of the decoders' places.
class DecoderPlace {
 public:
  DecoderPlace(std::counting_semaphore<64>& places, std::chrono::milliseconds patience) : places_(places) {
    if (!places_.try_acquire_for(patience)) throw HttpError(503, "too many pictures to decode at a time; try again", 1);
  }
  ~DecoderPlace() { places_.release(); }
  DecoderPlace(const DecoderPlace&) = delete;
  DecoderPlace& operator=(const DecoderPlace&) = delete;

 private:
  std::counting_semaphore<64>& places_;
};

InputLimits limits_of(const ServeOptions& options) {
  InputLimits limits = input_limits();
  limits.image_pixels = std::min(limits.image_pixels, options.image_pixels);
  return limits;
}

WorkQueueOptions queue_options(const ServeOptions& options) {
  WorkQueueOptions queue;
  queue.capacity = static_cast<std::size_t>(options.queue);
  queue.time_limit = milliseconds_of(options.find_seconds);
  return queue;
}

std::shared_ptr<const KeptFinding> keep_finding(Prediction prediction) {
  auto kept = std::make_shared<KeptFinding>();
  kept->json = to_json_line(prediction.finding);
  kept->region = prediction.region;
  kept->finding = std::move(prediction.finding);
  kept->finding.mask = {};
  return kept;
}

void note_failure(Item& item, const std::string& problem) {
  const std::lock_guard lock(item.mutex);
  item.state = "failed";
  item.problem = problem;
}

}  // namespace

ReadingRoom::ReadingRoom(std::vector<ModelSource> models, const ServeOptions& options)
    : limits_(limits_of(options)),
      patience_(milliseconds_of(options.find_seconds)),
      items_(static_cast<std::size_t>(options.items), static_cast<std::uint64_t>(options.item_bytes)),
      decoders_(kDecoders),
      queue_(std::move(models), queue_options(options)),
      thread_([this] { work(); }) {}

ReadingRoom::~ReadingRoom() {
  close();
  thread_.join();
}

void ReadingRoom::close() {
  closing_ = true;
  const std::lock_guard lock(mutex_);
  arrived_.notify_all();
}

void ReadingRoom::check_frame(const Item& item, std::int64_t frame) const {
  if (frame < 1 || frame > item.frames)
    throw HttpError(404, "frame " + std::to_string(frame) + ", but there are 1.." + std::to_string(item.frames));
}

std::string ReadingRoom::png(Item& item, std::int64_t frame, const Finding* drawn) {
  check_frame(item, frame);
  const DecoderPlace place(decoders_, patience_);
  const Image image = read_frame(item, frame, limits_).image;
  return drawn ? encode_png(draw_finding(image, *drawn), PngMark::kResult) : encode_png(image);
}

FinderInput ReadingRoom::pixels(Item& item, std::int64_t frame) {
  check_frame(item, frame);
  const DecoderPlace place(decoders_, patience_);
  return read_frame(item, frame, limits_);
}

TimedFinding ReadingRoom::finding(Item& item, std::int64_t frame, const std::string& model, Asker asker) {
  const std::string& name = queue_.resolve(model.empty() ? item.model : model);
  const std::pair key{name, frame};
  {
    const std::lock_guard lock(item.mutex);
    if (const auto known = item.findings.find(key); known != item.findings.end()) return {known->second};
  }
  const auto begin = Clock::now();
  WorkQueue::Task task{name, pixels(item, frame), false};
  const double decode_ms = milliseconds_since(begin);
  Found found = queue_.find(std::move(task), asker);
  TimedFinding result{keep_finding(std::move(found.prediction)), decode_ms, found.find_ms, found.wait_ms};
  const std::lock_guard lock(item.mutex);
  item.findings[key] = result.kept;
  return result;
}

Found ReadingRoom::activation(Item& item, std::int64_t frame, const std::string& model) {
  return queue_.find({model.empty() ? item.model : model, pixels(item, frame), true}, Asker::kPerson);
}

void ReadingRoom::read(Item& item, Asker asker) {
  try {
    for (std::int64_t frame = 1; frame <= item.frames && !closing_; ++frame) finding(item, frame, "", asker);
    finish(item);
  } catch (const Error& error) {
    note_failure(item, error.what());
  } catch (const HttpError& error) {  // stopping, or no place: not the item's fault
    if (!closing_) note_failure(item, error.what());
  } catch (const std::exception&) {
    note_failure(item, "the network failed on it");
  }
}

void ReadingRoom::finish(Item& item) {
  const std::string& name = queue_.resolve(item.model);
  std::vector<std::shared_ptr<const KeptFinding>> findings;
  {
    const std::lock_guard lock(item.mutex);
    for (std::int64_t frame = 1; frame <= item.frames; ++frame) {
      const auto known = item.findings.find({name, frame});
      if (known == item.findings.end()) return;
      findings.push_back(known->second);
    }
  }
  ItemSummary summary = summarize(item, name, queue_.info(name).card, findings);
  const std::lock_guard lock(item.mutex);
  item.summary = std::move(summary);
  item.state = "done";
}

void ReadingRoom::read_later(const std::shared_ptr<Item>& item) {
  const std::lock_guard lock(mutex_);
  later_.push_back(item);
  arrived_.notify_one();
}

std::vector<std::shared_ptr<Item>> ReadingRoom::add_samples(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (has_image_extension(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::shared_ptr<Item>> samples;
  for (const fs::path& file : files) {
    const auto item = make_file_item(file, limits_);
    item->id = sha256_hex(item->name).substr(0, 32);  // the same after a new start
    item->source = "sample";
    items_.add(item);
    read_later(item);
    samples.push_back(item);
  }
  return samples;
}

void ReadingRoom::work() {
  for (;;) {
    std::shared_ptr<Item> item;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return closing_ || !later_.empty(); });
      if (closing_) return;
      item = later_.front().lock();
      later_.pop_front();
    }
    if (item) read(*item, Asker::kBackground);
  }
}

}  // namespace lanet
