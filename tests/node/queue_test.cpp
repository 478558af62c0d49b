// The queue on disk: states, duplicates, and a crash between any two of its steps.
#include <set>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "node/delivery_queue.hpp"
#include "node/queue_status.hpp"
#include "node/source_queue.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// What a test throws where the process would die.
struct Crash {};

std::string receive(SourceQueue& queue, const std::string& content = "pixels") {
  const fs::path file = queue.new_file();
  write_synced(file, content);
  return file.string();
}

DeliveryRecord record_of(const std::string& uid) {
  return {uid, "1.2.9", "model", "1 of 1", unix_seconds(), {{"sr", "1.2.3", uid + ".1"}, {"sc", "1.2.4", uid + ".2"}}};
}

std::vector<ResultObject> objects_of(const DeliveryRecord& record) {
  std::vector<ResultObject> objects;
  for (const DeliveredObject& object : record.objects)
    objects.push_back({object.kind, object.sop_class_uid, object.sop_instance_uid, "bytes of " + object.kind});
  return objects;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

TEST(SourceQueue, OldestFirstAndDuplicatesOnce) {
  const TemporaryFolder folder;
  SourceQueue queue({folder.path()}, {});
  EXPECT_TRUE(queue.take("1.2", receive(queue)));
  EXPECT_TRUE(queue.take("1.1", receive(queue)));
  EXPECT_FALSE(queue.take("1.2", receive(queue, "other")));
  EXPECT_EQ(queue.usage().objects, 2);
  EXPECT_EQ(queue.usage().bytes, 12);
  const auto first = queue.next(milliseconds(0));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->uid, "1.2");
  EXPECT_EQ(read_file(first->file), "pixels");
  EXPECT_FALSE(queue.take("1.2", receive(queue)));  // while it is looked at
  const auto yes = [](const fs::path&, const fs::path&) { return true; };
  const auto no = [](const fs::path&, const fs::path&) { return false; };
  EXPECT_FALSE(queue.holds_another("1.2", receive(queue), yes));           // the same bytes
  EXPECT_TRUE(queue.holds_another("1.2", receive(queue, "pixely"), yes));  // as many others
  EXPECT_FALSE(queue.holds_another("1.2", receive(queue, "pixely"), no));  // in another form
  EXPECT_TRUE(queue.holds_another("1.1", receive(queue, "other"), yes));   // while it waits
  EXPECT_FALSE(queue.holds_another("1.3", receive(queue), yes));
  queue.finish(*first);
  EXPECT_FALSE(queue.holds("1.2"));
  EXPECT_EQ(queue.next(milliseconds(0))->uid, "1.1");
  EXPECT_FALSE(queue.next(milliseconds(1)));
  EXPECT_EQ(names_in(folder / "receiving").size(), 5U);  // those that were only compared
}

TEST(SourceQueue, FailuresAreKeptAndTriedAnewWhenSentAnew) {
  const TemporaryFolder folder;
  SourceQueue queue({folder.path()}, {});
  queue.take("1.2", receive(queue));
  queue.fail(*queue.next(milliseconds(0)), "no image");
  EXPECT_EQ(names_in(folder / "failed"), (std::set<std::string>{"1.2.dcm", "1.2.json"}));
  const QueueStatus status = read_queue_status(folder.path());
  EXPECT_EQ(status.failed, 1);
  EXPECT_EQ(status.failures, std::vector<std::string>{"no image"});
  EXPECT_TRUE(queue.take("1.2", receive(queue)));
  EXPECT_TRUE(names_in(folder / "failed").empty());
}

TEST(Queue, LeavesAloneWhatIsNotItsOwn) {
  const TemporaryFolder folder;
  const std::vector<std::string> own_names{
      "receiving/holiday.png", "receiving/notes.part", "incoming/scan.dcm",  "working/plan.dcm", "results/.hidden/a",
      "results/mine/b",        "done/old/c",           "failed/letter.json", "photo.png"};
  for (const std::string& name : own_names) write_file_atomically(folder / name, "mine");
  write_file_atomically(folder / "done/1.2/thesis.txt", "mine");  // named as results would be
  {
    SourceQueue sources({folder.path()}, {});
    DeliveryQueue deliveries({folder.path()}, {});
    sources.take("1.2", receive(sources));
    const auto source = sources.next(milliseconds(0));
    ASSERT_TRUE(source);
    deliveries.add({"1.2", "1.2.9", "model", "nothing", unix_seconds(), {}}, {});
    sources.finish(*source);
    EXPECT_TRUE(deliveries.holds("1.2", "model"));
    deliveries.remove_done(-1);
    EXPECT_FALSE(deliveries.holds("1.2", "model"));
  }
  for (const std::string& name : own_names) EXPECT_EQ(read_file(folder / name), "mine") << name;
  EXPECT_EQ(read_file(folder / "done/1.2~before/thesis.txt"), "mine");
}

TEST(SourceQueue, AnObjectThatKillsTheNodeIsLaidAside) {
  const TemporaryFolder folder;
  QueueOptions options;
  options.crashes = 3;
  {
    SourceQueue queue({folder.path()}, options);
    queue.take("1.2", receive(queue));
    queue.take("1.3", receive(queue));
    queue.next(milliseconds(0));
  }
  for (int restart = 0; restart < 2; ++restart) {
    SourceQueue queue({folder.path()}, options);
    EXPECT_EQ(queue.usage().objects, 2);
    EXPECT_EQ(queue.next(milliseconds(0))->uid, "1.2");
  }
  SourceQueue queue({folder.path()}, options);
  EXPECT_EQ(queue.next(milliseconds(0))->uid, "1.3");
  EXPECT_TRUE(fs::exists(folder / "failed/1.2.dcm"));
}

TEST(SourceQueue, FilesOfOthersAreLeftAlone) {
  const TemporaryFolder folder;
  QueueFolder{folder.path()}.create();
  for (const char* name : {"README.txt", "notes.dcm", "1.2~x.dcm", "1..2.dcm"})
    write_synced(folder / (std::string("incoming/") + name), "x");
  const SourceQueue queue({folder.path()}, {});
  EXPECT_EQ(queue.usage().objects, 0);
  EXPECT_EQ(names_in(folder / "incoming").size(), 4u);
}

TEST(SourceQueue, WhatWasTakenAwayByHandHoldsUpNothing) {
  const TemporaryFolder folder;
  SourceQueue queue({folder.path()}, {});
  queue.take("1.2", receive(queue));
  queue.take("1.3", receive(queue));
  fs::remove(folder / "incoming/1.2.dcm");
  EXPECT_FALSE(queue.next(milliseconds(0)));
  EXPECT_EQ(queue.next(milliseconds(0))->uid, "1.3");
  EXPECT_EQ(queue.usage().objects, 1);
}

TEST(SourceQueue, ACrashAtAnyStepLosesNothingThatWasAcknowledged) {
  for (const char* step : {"received", "renamed to incoming", "incoming synced", "moved to working", "results written",
                           "source removed", "failure written"}) {
    const TemporaryFolder folder;
    bool acknowledged = false, finished = false;
    const auto crash = [&](std::string_view at) {
      if (at == step) throw Crash{};
    };
    try {
      SourceQueue queue({folder.path()}, {}, crash);
      queue.take("1.2", receive(queue));
      acknowledged = true;
      const Source source = *queue.next(milliseconds(0));
      if (std::string_view(step) == "failure written") queue.fail(source, "reason");
      finished = true;  // results lie on disk from here on
      queue.finish(source);
    } catch (const Crash&) {
    }
    SourceQueue queue({folder.path()}, {});
    EXPECT_TRUE(names_in(folder / "receiving").empty()) << step;
    const bool there = queue.next(milliseconds(0)).has_value();
    EXPECT_TRUE(there || finished || !acknowledged) << step;
    EXPECT_FALSE(there && std::string_view(step) == "received");
  }
}

TEST(DeliveryQueue, EachDestinationForItself) {
  const TemporaryFolder folder;
  DeliveryQueue queue({folder.path()}, {"a", "b"});
  queue.add(record_of("1.2"), objects_of(record_of("1.2")));
  const auto for_a = queue.next("a", milliseconds(0));
  ASSERT_TRUE(for_a);
  ASSERT_EQ(for_a->files.size(), 2u);
  EXPECT_EQ(read_file(for_a->files[0]), "bytes of sr");
  EXPECT_FALSE(queue.next("a", milliseconds(0)));  // on its way
  queue.mark_sent(*for_a, "a");
  EXPECT_FALSE(queue.has_due("a"));
  EXPECT_TRUE(queue.has_due("b"));
  const auto for_b = queue.next("b", milliseconds(0));
  queue.mark_failed(*for_b, "b", "no room", milliseconds(60'000));
  EXPECT_FALSE(queue.next("b", milliseconds(1)));  // not due yet
  const QueueStatus status = read_queue_status(folder.path());
  EXPECT_EQ(status.to_send, 1);
  EXPECT_EQ(status.destinations.at("a").sent, 1);
  EXPECT_EQ(status.destinations.at("b").waiting, 1);
  EXPECT_EQ(status.destinations.at("b").problem, "no room");

  DeliveryQueue again({folder.path()}, {"a", "b"});
  EXPECT_FALSE(again.next("a", milliseconds(0)));
  again.mark_sent(*again.next("b", milliseconds(0)), "b");
  EXPECT_EQ(names_in(folder / "done"), std::set<std::string>{"1.2"});
  EXPECT_TRUE(names_in(folder / "results").empty());
  EXPECT_TRUE(again.holds("1.2", "model"));
  EXPECT_FALSE(again.holds("1.2", "another model"));
  EXPECT_EQ(again.usage().objects, 0);
  EXPECT_EQ(again.usage().bytes, 0);
}

TEST(DeliveryQueue, ParkedResultsComeBackByHand) {
  const TemporaryFolder folder;
  {
    DeliveryQueue queue({folder.path()}, {"a", "b"});
    queue.add(record_of("1.2"), objects_of(record_of("1.2")));
    queue.mark_parked(*queue.next("a", milliseconds(0)), "a", "too old");
    EXPECT_TRUE(names_in(folder / "parked").empty());  // b is still to come
    queue.mark_sent(*queue.next("b", milliseconds(0)), "b");
    EXPECT_EQ(names_in(folder / "parked"), std::set<std::string>{"1.2"});
  }
  fs::rename(folder / "parked/1.2", folder / "results/1.2");
  DeliveryQueue queue({folder.path()}, {"a", "b"});
  EXPECT_FALSE(queue.next("b", milliseconds(0)));
  queue.mark_sent(*queue.next("a", milliseconds(0)), "a");
  EXPECT_EQ(names_in(folder / "done"), std::set<std::string>{"1.2"});
}

TEST(DeliveryQueue, WithoutObjectsOrDestinationsIsDone) {
  const TemporaryFolder folder;
  DeliveryQueue queue({folder.path()}, {"a"});
  DeliveryRecord nothing = record_of("1.2");
  nothing.objects.clear();
  queue.add(nothing, {});
  EXPECT_TRUE(queue.holds("1.2", "model"));
  DeliveryQueue nowhere({folder.path()}, {});
  nowhere.add(record_of("1.3"), objects_of(record_of("1.3")));
  EXPECT_EQ(names_in(folder / "done"), (std::set<std::string>{"1.2", "1.3"}));
  EXPECT_EQ(nowhere.remove_done(1), 0);
  EXPECT_EQ(nowhere.remove_done(-1), 2);
}

TEST(DeliveryQueue, SaysWhatWaitsForADestinationThatIsGone) {
  const TemporaryFolder folder;
  { DeliveryQueue({folder.path()}, {"old"}).add(record_of("1.2"), objects_of(record_of("1.2"))); }
  fs::create_directories(folder / "results/strange");
  const DeliveryQueue queue({folder.path()}, {"new"});
  ASSERT_EQ(queue.problems().size(), 2u);
  EXPECT_TRUE(has(queue.problems()[0], "strange"));
  EXPECT_TRUE(has(queue.problems()[1], "'old'"));
  EXPECT_TRUE(fs::exists(folder / "results/1.2/record.json"));
}

TEST(DeliveryQueue, ACrashAtAnyStepSendsEverythingInTheEnd) {
  for (const char* step : {"results in a part", "results renamed", "sent", "state renamed", "results moved away"}) {
    const TemporaryFolder folder;
    bool written = false;
    const auto crash = [&](std::string_view at) {
      if (at == step) throw Crash{};
    };
    try {
      DeliveryQueue queue({folder.path()}, {"a"}, crash);
      queue.add(record_of("1.2"), objects_of(record_of("1.2")));
      written = true;
      queue.mark_sent(*queue.next("a", milliseconds(0)), "a");
    } catch (const Crash&) {
    }
    DeliveryQueue queue({folder.path()}, {"a"});
    if (!queue.holds("1.2", "model")) {  // the source is still there, and is looked at again
      EXPECT_FALSE(written) << step;
      queue.add(record_of("1.2"), objects_of(record_of("1.2")));
    }
    if (const auto delivery = queue.next("a", milliseconds(0))) queue.mark_sent(*delivery, "a");
    EXPECT_EQ(names_in(folder / "done"), std::set<std::string>{"1.2"}) << step;
    EXPECT_TRUE(names_in(folder / "results").empty()) << step;
    EXPECT_TRUE(fs::exists(folder / "done/1.2/a.sent")) << step;
  }
}

TEST(DeliveryRecord, RoundTripAndDamage) {
  const DeliveryRecord record = record_of("1.2");
  const DeliveryRecord read = DeliveryRecord::parse(record.json(), "record.json");
  EXPECT_EQ(read.json(), record.json());
  for (const std::string& damaged : damaged_copies(record.json())) {
    try {
      EXPECT_FALSE(DeliveryRecord::parse(damaged, "record.json").source.empty());
    } catch (const DataError&) {  // most are refused
    }
  }
  std::string climbing = record.json();
  climbing.replace(climbing.find("\"sr\""), 4, "\"../x\"");
  EXPECT_TRUE(has(refusal<DataError>([&] { DeliveryRecord::parse(climbing, "r"); }), "small letters"));
}

TEST(QueueStatus, RefusesWhatIsNoQueue) {
  const TemporaryFolder folder;
  EXPECT_TRUE(has(refusal<ConfigError>([&] { read_queue_status(folder.path()); }), "no queue"));
}

}  // namespace
}  // namespace lanet
