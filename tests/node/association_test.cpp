// A whole node in this process, with a worker that gives what the test wants, and DCMTK's own caller.
#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "node/node.hpp"
#include "node/queue_status.hpp"
#include "support/dicom_bytes.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using Kind = SendOutcome::Kind;

/// An ultrasound object with a UID of its own.
fs::path write_source(const fs::path& folder, const std::string& uid) {
  std::string bytes = ultrasound_file({});
  const std::string own = "1.2.3.4";  // of the maker; replaced by one of the same length
  EXPECT_EQ(uid.size(), own.size());
  for (std::size_t at = bytes.find(own); at != std::string::npos; at = bytes.find(own, at + 1))
    if (bytes.substr(at - 4, 2) == "UI" && bytes[at + own.size()] == '\0') bytes.replace(at, own.size(), uid);
  write_file_atomically(folder / (uid + ".dcm"), bytes);
  return folder / (uid + ".dcm");
}

/// A destination that answers what it is told to, and remembers what came.
class FakeDestination final : public Destination {
 public:
  struct State {
    std::atomic<Kind> answer{Kind::kAccepted};
    std::atomic<int> sendings{0};
  };
  explicit FakeDestination(State& state) : state_(state) {}
  std::vector<SendOutcome> send(std::span<const fs::path> files) override {
    ++state_.sendings;
    return {files.size(), {state_.answer.load(), "as told"}};
  }

 private:
  State& state_;
};

class RunningNode {
 public:
  explicit RunningNode(const fs::path& folder, const std::function<void(NodeOptions&)>& change = {},
                       const std::function<Looked(const DicomFile&)>& look = {}) {
    options.queue.folder = (folder / "queue").string();
    options.queue.keep_free_gib = 0;
    options.listen.port = 0;
    options.limits.stop_seconds = 5;
    options.retry = {0.01, 0.05, 0};
    options.destinations["here"].url = "dicom://HERE@localhost";
    if (change) change(options);
    const auto make_result = [](const DicomFile& file) {
      return Looked{{{"sr", "1.2.840.10008.5.1.4.1.1.88.33", file.info().sop_instance_uid + ".1", "report"}},
                    "nothing"};
    };
    node_ = std::make_unique<Node>(
        options, NodeWorker{"fake", look ? look : make_result}, [this](const std::string& line) { note(line); },
        [this](const std::string&, const DestinationOptions&) { return std::make_unique<FakeDestination>(here); });
    thread_ = std::thread([this] { node_->run([this] { return stop_.load(); }); });
  }
  ~RunningNode() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// What the node says of files that are sent to it.
  std::vector<SendOutcome> send(std::vector<fs::path> files, const std::string& called = "LANET") {
    DestinationOptions to;
    to.url = "dicom://" + called + "@127.0.0.1:" + std::to_string(node_->port());
    to.timeout_seconds = 10;
    return make_dicom_destination(to, "CALLER")->send(files);
  }
  QueueStatus wait_for(const std::function<bool(const QueueStatus&)>& condition) {
    QueueStatus status;
    for (int attempt = 0; attempt < 600; ++attempt) {
      status = read_queue_status(options.queue.folder);
      if (condition(status)) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << status.json();
    return status;
  }
  std::uint16_t port() const { return node_->port(); }
  std::string log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  NodeOptions options;
  FakeDestination::State here;

 private:
  void note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    log_ += line + "\n";
  }
  mutable std::mutex mutex_;
  std::string log_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<Node> node_;
  std::thread thread_;
};

TEST(Node, TakesLooksAndSendsOn) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  const auto outcomes = node.send({write_source(folder.path(), "1.2.3.5"), write_source(folder.path(), "1.2.3.6")});
  ASSERT_EQ(outcomes.size(), 2u);
  for (const SendOutcome& outcome : outcomes) EXPECT_EQ(outcome.kind, Kind::kAccepted) << outcome.detail;
  const QueueStatus status = node.wait_for([](const QueueStatus& now) { return now.done == 2 && now.to_look_at == 0; });
  EXPECT_EQ(status.destinations.at("here").sent, 2);
  EXPECT_EQ(node.send({folder / "1.2.3.5.dcm"})[0].kind, Kind::kAccepted);
  node.stop();
  EXPECT_EQ(node.here.sendings, 2);  // the second sending was the same object
  EXPECT_TRUE(has(read_file(folder / "queue/audit.jsonl"), "was there already"));
}

TEST(Node, SeveralAssociationsAtOnce) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  std::vector<std::thread> senders;
  std::atomic<int> accepted{0};
  for (int sender = 0; sender < 4; ++sender)
    senders.emplace_back([&, sender] {
      for (int object = 0; object < 5; ++object) {
        const auto outcome =
            node.send({write_source(folder.path(), "1.2." + std::to_string(100 + 10 * sender + object))});
        accepted += outcome[0].kind == Kind::kAccepted ? 1 : 0;
      }
    });
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(accepted, 20);
  node.wait_for([](const QueueStatus& now) { return now.done == 20; });
}

TEST(Node, RefusesStrangersWrongTitlesAndForeignClasses) {
  const TemporaryFolder folder;
  const fs::path source = write_source(folder.path(), "1.2.3.5");
  RunningNode node(folder.path(), [](NodeOptions& options) { options.listen.peers = {"SOMEBODY"}; });
  EXPECT_EQ(node.send({source})[0].kind, Kind::kUnreachable);
  EXPECT_TRUE(has(node.log(), "CALLER at 127.0.0.1: association refused: not among the peers")) << node.log();
  RunningNode open(folder / "open");
  EXPECT_EQ(open.send({source}, "OTHER")[0].kind, Kind::kUnreachable);
  std::string report = ultrasound_file({});
  const std::string us = "1.2.840.10008.5.1.4.1.1.6.1";
  report.replace(report.find(us), us.size() + 1, std::string("1.2.840.10008.5.1.4.1.1.2") + std::string(3, '\0'));
  write_file_atomically(folder / "ct.dcm", report);
  EXPECT_EQ(open.send({folder / "ct.dcm"})[0].kind, Kind::kRefused);
}

TEST(Node, RefusesWhatIsTooLargeOrWithoutRoom) {
  const TemporaryFolder folder;
  UltrasoundObject large;
  large.rows = 1200, large.columns = 1200;
  write_file_atomically(folder / "large.dcm", ultrasound_file(large));
  RunningNode node(folder.path(), [](NodeOptions& options) { options.limits.object_mib = 1; });
  const auto outcome = node.send({folder / "large.dcm", write_source(folder.path(), "1.2.3.5")});
  EXPECT_EQ(outcome[0].kind, Kind::kRefused);
  EXPECT_EQ(outcome[1].kind, Kind::kAccepted);  // over the same association
  RunningNode full(folder / "full", [](NodeOptions& options) { options.queue.keep_free_gib = 1e6; });
  EXPECT_EQ(full.send({folder / "1.2.3.5.dcm"})[0].kind, Kind::kUnreachable);
  EXPECT_TRUE(has(full.log(), "A700")) << full.log();
  EXPECT_TRUE(fs::is_empty(folder / "full/queue/receiving"));
}

TEST(Node, WhatCannotBeLookedAtGoesToFailed) {
  const TemporaryFolder folder;
  std::atomic<int> calls{0};
  RunningNode node(folder.path(), {}, [&](const DicomFile& file) -> Looked {
    ++calls;
    if (file.info().sop_instance_uid == "1.2.3.5") throw DataError("object: a frame without pixels");
    throw std::runtime_error("engine: no luck");
  });
  node.send({write_source(folder.path(), "1.2.3.5"), write_source(folder.path(), "1.2.3.6")});
  const QueueStatus status =
      node.wait_for([](const QueueStatus& now) { return now.failed == 2 && now.to_look_at == 0; });
  EXPECT_EQ(calls, 4);  // bad data once, an engine's trouble queue.attempts times
  EXPECT_EQ(status.to_look_at, 0);
  EXPECT_TRUE(fs::exists(folder / "queue/failed/1.2.3.5.dcm"));
}

TEST(Node, TriesAgainUntilADestinationIsBack) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  node.here.answer = Kind::kUnreachable;
  node.send({write_source(folder.path(), "1.2.3.5")});
  node.wait_for([&](const QueueStatus&) { return node.here.sendings > 2; });
  node.here.answer = Kind::kRefused;
  const int before = node.here.sendings;
  const QueueStatus status = node.wait_for([&](const QueueStatus&) { return node.here.sendings > before + 2; });
  EXPECT_EQ(status.destinations.at("here").waiting, 1);
  node.here.answer = Kind::kAccepted;
  node.wait_for([](const QueueStatus& now) { return now.done == 1; });
  EXPECT_TRUE(has(node.log(), "destination here is back"));
}

TEST(Node, StopsWithAnUnreachableDestinationAndGoesOnLater) {
  const TemporaryFolder folder;
  {
    RunningNode node(folder.path(), [](NodeOptions& options) { options.retry = {60, 60, 0}; });
    node.here.answer = Kind::kUnreachable;
    node.send({write_source(folder.path(), "1.2.3.5")});
    node.wait_for([&](const QueueStatus&) { return node.here.sendings == 1; });
  }
  EXPECT_EQ(read_queue_status(folder / "queue").to_send, 1);
  RunningNode node(folder.path());
  node.wait_for([](const QueueStatus& now) { return now.done == 1; });
}

/// A connection that says a few bytes, or nothing.
int silent_peer(std::uint16_t port, const std::string& bytes) {
  const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  EXPECT_EQ(::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const timeval patience{30, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  return peer;
}

TEST(Node, CutsPeersThatSayNothing) {
  const TemporaryFolder folder;
  RunningNode node(folder.path(), [](NodeOptions& options) {
    options.limits.associations = 1;
    options.limits.request_seconds = 1;
  });
  std::vector<int> peers;
  for (const std::string& bytes :
       {std::string(), std::string("\x01\0\0\0\x01\0\0\x01", 8), std::string("GET / HTTP/1.1\r\n\r\n")})
    peers.push_back(silent_peer(node.port(), bytes));
  for (const int peer : peers) {
    char bytes[64];
    ssize_t count = 0;
    while ((count = ::recv(peer, bytes, sizeof bytes, 0)) > 0) {
    }
    EXPECT_TRUE(count == 0 || errno == ECONNRESET);  // ended by the node, not by our patience
    ::close(peer);
  }
  EXPECT_EQ(node.send({write_source(folder.path(), "1.2.3.5")})[0].kind, Kind::kAccepted) << node.log();
}

TEST(Node, OneQueueHasOneNode) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  EXPECT_TRUE(has(refusal<SystemError>([&] { RunningNode second(folder.path()); }), "queue"));
}

}  // namespace
}  // namespace lanet
