#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "serve/reading_room.hpp"
#include "serve/receiving.hpp"

namespace lanet {

/// A file of a job. The content lies in the job's body.
struct JobFile {
  std::string name;
  std::string_view content;
};

/// A list of files that the background looks at.
struct Job {
  std::string id;
  std::string state = "waiting";  // "running", "done", "cancelled", "failed"
  std::int64_t total = -1;        // files; -1: not known yet
  std::int64_t done = 0;
  std::vector<std::string> items;
  std::vector<std::string> problems;
  std::string added;     // UTC, ISO 8601
  std::string finished;  // "" while it is not
};

/// Jobs, one at a time in the order of their coming. A file that cannot be read is a problem of the job and stops
/// nothing.
class JobList {
 public:
  /// restore: what an earlier start knew of an item is put into it before it is kept.
  JobList(ReadingRoom& room, std::size_t most_jobs, std::size_t most_files, std::function<void(Item&)> restore);
  /// Ends the job at hand after the file at hand; it and those that wait count as cancelled.
  ~JobList();

  /// Throws HttpError 503 where as many jobs are waiting or running as may be, 413 for too many files.
  Job add(Body body, std::vector<JobFile> files, const std::string& model);
  /// Throws HttpError 404.
  Job get(const std::string& id) const;
  /// Newest first.
  std::vector<Job> list() const;
  /// Stops it after the file at hand. What it has found so far is kept. Throws HttpError 404.
  void cancel(const std::string& id);
  std::size_t unfinished() const;

 private:
  struct Entry;
  void work();
  void run(Entry& entry);
  void read_file(Entry& entry, const JobFile& file);
  void read_archive(Entry& entry, const JobFile& file);
  std::shared_ptr<Entry> next();
  std::shared_ptr<Entry> find(const std::string& id) const;

  ReadingRoom& room_;
  std::function<void(Item&)> restore_;
  std::size_t most_jobs_, most_files_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Entry>> entries_;  // oldest first
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

}  // namespace lanet
