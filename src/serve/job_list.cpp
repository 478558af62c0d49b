#include "serve/job_list.hpp"

#include <algorithm>
#include <optional>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "infer/archive.hpp"
#include "serve/http_error.hpp"
#include "serve/multipart.hpp"

namespace lanet {

struct JobList::Entry {
  Job job;
  std::optional<Body> body;  // until the job is finished
  std::vector<JobFile> files;
  std::string model;
  std::atomic<bool> cancelled{false};

  bool finished() const { return !job.finished.empty(); }
};

namespace {

constexpr std::size_t kArchiveHead = 512;

bool is_archive(const JobFile& file) { return !archive_kind(file.content.substr(0, kArchiveHead)).empty(); }

}  // namespace

JobList::JobList(ReadingRoom& room, std::size_t most_jobs, std::size_t most_files, std::function<void(Item&)> restore)
    : room_(room), restore_(std::move(restore)), most_jobs_(most_jobs), most_files_(most_files), thread_([this] {
        work();
      }) {}

JobList::~JobList() {
  closing_ = true;
  {
    const std::lock_guard lock(mutex_);
    arrived_.notify_all();
  }
  thread_.join();
}

Job JobList::add(Body body, std::vector<JobFile> files, const std::string& model) {
  if (files.empty()) throw HttpError(400, "body: no file, but lanet needs one or more as fields of a form");
  if (files.size() > most_files_)
    throw HttpError(413,
                    std::to_string(files.size()) + " files, but lanet takes at most " + std::to_string(most_files_));
  auto entry = std::make_shared<Entry>();
  entry->job.id = random_id();
  entry->job.added = utc_now();
  const bool packed = std::any_of(files.begin(), files.end(), [](const JobFile& file) { return is_archive(file); });
  if (!packed) entry->job.total = static_cast<std::int64_t>(files.size());
  entry->body.emplace(std::move(body));
  entry->files = std::move(files);
  entry->model = model;
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= most_jobs_) {
    const auto old = std::find_if(entries_.begin(), entries_.end(), [](const auto& each) { return each->finished(); });
    if (old == entries_.end())
      throw HttpError(503, "as many jobs wait as may (" + std::to_string(most_jobs_) + "); try again later", 30);
    entries_.erase(old);
  }
  entries_.push_back(entry);
  arrived_.notify_one();
  return entry->job;
}

std::shared_ptr<JobList::Entry> JobList::find(const std::string& id) const {
  for (const auto& entry : entries_)
    if (entry->job.id == id) return entry;
  throw HttpError(404, "no such job");
}

Job JobList::get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return find(id)->job;
}

std::vector<Job> JobList::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) jobs.push_back((*entry)->job);
  return jobs;
}

void JobList::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<Entry> entry = find(id);
  entry->cancelled = true;
  if (entry->job.state != "waiting") return;
  entry->job.state = "cancelled";
  entry->job.finished = utc_now();
  entry->files.clear();
  entry->body.reset();
}

std::size_t JobList::unfinished() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) { return !entry->finished(); }));
}

std::shared_ptr<JobList::Entry> JobList::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (closing_) return nullptr;
    for (const auto& entry : entries_)
      if (entry->job.state == "waiting") {
        entry->job.state = "running";
        return entry;
      }
    arrived_.wait(lock);
  }
}

void JobList::work() {
  while (const std::shared_ptr<Entry> entry = next()) run(*entry);
}

void JobList::run(Entry& entry) {
  bool stopped = false;
  for (const JobFile& file : entry.files) {
    if (is_archive(file))
      read_archive(entry, file);
    else if (!entry.cancelled && !closing_)
      read_file(entry, file);
    stopped = entry.cancelled || closing_;
    if (stopped) break;
  }
  const std::lock_guard lock(mutex_);
  Job& job = entry.job;
  if (job.total < 0 && !stopped) job.total = job.done;
  stopped = stopped && job.done != job.total;
  job.state = stopped ? "cancelled" : job.items.empty() ? "failed" : "done";
  job.finished = utc_now();
  entry.files.clear();
  entry.body.reset();
}

void JobList::read_archive(Entry& entry, const JobFile& file) {
  std::vector<std::string> problems;
  try {
    ArchiveReader reader(file.content, file.name, room_.limits());
    std::size_t count = 0;
    while (!entry.cancelled && !closing_) {
      const std::optional<ArchiveEntry> inside = reader.next(problems);
      if (!inside) break;
      if (++count > most_files_) {
        problems.push_back(file.name + ": more than " + std::to_string(most_files_) + " files; the rest is left out");
        break;
      }
      read_file(entry, {plain_file_name(inside->name), inside->bytes});
    }
  } catch (const std::exception& error) {
    problems.emplace_back(error.what());
  }
  const std::lock_guard lock(mutex_);
  std::vector<std::string>& known = entry.job.problems;
  known.insert(known.end(), problems.begin(), problems.end());
}

void JobList::read_file(Entry& entry, const JobFile& file) {
  std::string problem, id;
  try {
    const auto item = make_item(std::string(file.content), file.name, room_.limits());
    item->source = "job";
    item->model = entry.model;
    restore_(*item);
    room_.items().add(item);
    if (!item->labels.empty()) room_.items().keep(item->id, true);
    id = item->id;
    room_.read(*item, ReadingRoom::Asker::kBackground);
    const std::lock_guard lock(item->mutex);
    if (item->state == "failed") problem = item->problem;
  } catch (const std::bad_alloc&) {
    problem = "not enough memory";
  } catch (const std::exception& error) {
    problem = error.what();
  }
  const std::lock_guard lock(mutex_);
  if (!id.empty()) entry.job.items.push_back(id);
  if (!problem.empty()) entry.job.problems.push_back(file.name + ": " + problem);
  ++entry.job.done;
}

}  // namespace lanet
