#include "kernel/kernel_choice.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "kernel/instruction_set.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

const StepWork kNothing = [] {};

/// A choice whose measurement gives `times` and counts how often it was asked.
struct Measured {
  StepTimes times;
  int asked = 0;
  KernelChoice choice;

  explicit Measured(StepTimes given) : times(given) {
    choice.measure_by([this](const StepWork&, const StepWork&) {
      ++asked;
      return times;
    });
  }
  bool takes_own(const std::string& step) { return choice.takes_own(step, kNothing, kNothing); }
};

TEST(KernelChoice, TheFasterOneIsTakenAndMeasuredOnce) {
  Measured fast({1e-3, 2e-3}), slow({2e-3, 1e-3});
  fast.choice.configure(KernelUse::kAuto, "m", {});
  slow.choice.configure(KernelUse::kAuto, "m", {});
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_TRUE(fast.takes_own("depthwise 8"));
    EXPECT_FALSE(slow.takes_own("depthwise 8"));
  }
  EXPECT_EQ(fast.asked, 1);
  slow.times = {1e-3, 2e-3};
  EXPECT_TRUE(slow.takes_own("depthwise 16"));  // another size, measured by itself
  EXPECT_EQ(slow.choice.chosen(), "own depthwise 16\nlibrary depthwise 8\n");
  EXPECT_EQ(slow.choice.count().own, 1);
  EXPECT_EQ(slow.choice.count().library, 1);
  EXPECT_EQ(slow.choice.count().measured, 2);
}

TEST(KernelChoice, TiesGoToOwn) {
  Measured measured({1.02, 1.0});
  measured.choice.configure(KernelUse::kAuto, "m", {});
  EXPECT_TRUE(measured.takes_own("a"));
  measured.times = {1.04, 1.0};
  EXPECT_FALSE(measured.takes_own("b"));
}

TEST(KernelChoice, WhatIsForcedIsNotMeasured) {
  Measured measured({1, 2});
  EXPECT_TRUE(measured.takes_own("a"));  // own before anybody configures
  measured.choice.configure(KernelUse::kLibrary, "m", {});
  EXPECT_FALSE(measured.takes_own("a"));
  measured.choice.configure(KernelUse::kOwn, "m", {});
  EXPECT_TRUE(measured.takes_own("a"));
  EXPECT_EQ(measured.asked, 0);
  EXPECT_EQ(measured.choice.chosen(), "");
}

TEST(KernelChoice, TheCacheIsReadByTheNextProcessOnThisMachineOnly) {
  const TemporaryFolder folder;
  const auto file = folder / "below/kernels.json";
  {
    Measured measured({2, 1});
    measured.choice.configure(KernelUse::kAuto, "one", file);
    EXPECT_FALSE(measured.takes_own("a"));
    measured.choice.save();
  }
  Measured next({1, 2});
  next.choice.configure(KernelUse::kAuto, "one", file);
  EXPECT_FALSE(next.takes_own("a"));
  EXPECT_EQ(next.asked, 0);
  EXPECT_TRUE(next.takes_own("b"));
  next.choice.save();  // beside what was there

  Measured third({1, 2});
  third.choice.configure(KernelUse::kAuto, "one", file);
  EXPECT_FALSE(third.takes_own("a"));
  EXPECT_TRUE(third.takes_own("b"));
  EXPECT_EQ(third.asked, 0);

  Measured elsewhere({1, 2});
  elsewhere.choice.configure(KernelUse::kAuto, "another", file);
  EXPECT_TRUE(elsewhere.takes_own("a"));
  EXPECT_EQ(elsewhere.asked, 1);
}

TEST(KernelChoice, ADamagedCacheCostsANewMeasurement) {
  const TemporaryFolder folder;
  const auto file = folder / "kernels.json";
  const std::string head = R"({"format": "lanet-kernels", "version": 1, "machine": "m", "steps": )";
  for (const std::string& text :
       {std::string(), std::string("{\"format"), std::string("[]"), std::string("{}"), head + "3}",
        head + R"({"a": {"use": "none", "own_us": 1, "library_us": 1}}})", head + R"({"a": {"use": "library"}}})",
        head + R"({"a": {"use": 7, "own_us": 1, "library_us": 1}}})", std::string("\xff\xfe\0x", 4)}) {
    std::ofstream(file, std::ios::binary) << text;
    Measured measured({1, 2});
    measured.choice.configure(KernelUse::kAuto, "m", file);
    EXPECT_TRUE(measured.takes_own("a")) << text;
    EXPECT_EQ(measured.asked, 1) << text;
    measured.choice.save();
    Measured next({2, 1});
    next.choice.configure(KernelUse::kAuto, "m", file);
    EXPECT_TRUE(next.takes_own("a")) << "the file was mended: " << text;
    EXPECT_EQ(next.asked, 0) << text;
  }
}

TEST(KernelChoice, ACacheThatCannotBeWrittenIsLetBe) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "in the way";
  Measured measured({1, 2});
  measured.choice.configure(KernelUse::kAuto, "m", folder / "file/kernels.json");
  EXPECT_TRUE(measured.takes_own("a"));
  EXPECT_NO_THROW(measured.choice.save());
  EXPECT_EQ(read_file(folder / "file"), "in the way");
}

TEST(KernelChoice, WhatARunKeptCountsMoreThanCacheAndClock) {
  const TemporaryFolder folder;
  const auto file = folder / "kernels.json";
  Measured first({1, 2});
  first.choice.configure(KernelUse::kAuto, "m", file);
  EXPECT_TRUE(first.takes_own("norm 1 2"));
  first.choice.save();
  Measured resumed({1, 2});
  resumed.choice.configure(KernelUse::kAuto, "m", file);
  resumed.choice.restore("library norm 1 2\nown stem 3\n", "run");
  EXPECT_FALSE(resumed.takes_own("norm 1 2"));
  resumed.times = {2, 1};
  EXPECT_TRUE(resumed.takes_own("stem 3"));
  EXPECT_EQ(resumed.asked, 0);
  EXPECT_EQ(resumed.choice.chosen(), "library norm 1 2\nown stem 3\n");  // also what is not used again
  resumed.choice.restore("", "run");                                     // a run of a version without a choice
  EXPECT_THROW(resumed.choice.restore("perhaps norm 1 2\n", "run"), DataError);
}

TEST(KernelChoice, RoundsAlternateAndTheShortestCounts) {
  double now = 0;
  std::string order;
  int calls = 0;
  const auto clock = [&] { return now; };
  const StepTimes times = measure_alternating(
      [&] {
        order += 'o';
        now += ++calls == 3 ? 0.010 : 0.015;  // undisturbed once
      },
      [&] {
        order += 'l';
        now += 0.011;
      },
      clock);
  EXPECT_DOUBLE_EQ(times.own_s, 0.010);
  EXPECT_NEAR(times.library_s, 0.011, 1e-12);
  ASSERT_GE(order.size(), 8U);  // a call of each to warm up, three rounds
  for (std::size_t index = 0; index < order.size(); ++index) EXPECT_EQ(order[index], index % 2 == 0 ? 'o' : 'l');
}

TEST(KernelChoice, LongOrClearMeasurementsEndEarly) {
  for (const auto& [own, library] : {std::pair{0.2, 0.2}, std::pair{0.001, 0.01}}) {
    double now = 0;
    int calls = 0;
    measure_alternating([&, seconds = own] { now += seconds, ++calls; }, [&, seconds = library] { now += seconds; },
                        [&] { return now; });
    EXPECT_EQ(calls, 4);
  }
}

TEST(KernelChoice, UnknownNamesAreRefused) {
  EXPECT_EQ(kernel_use("auto"), KernelUse::kAuto);
  EXPECT_THROW(kernel_use("best"), ConfigError);
}

TEST(InstructionSet, ALimitHoldsForWhatIsNotNamed) {
  const std::string best = instruction_set_name();
  limit_instruction_set("plain");
  EXPECT_EQ(std::string(instruction_set_name()), "plain");
  EXPECT_EQ(instruction_set_level(""), 0);
  EXPECT_EQ(kInstructionSets[instruction_set_level(best.c_str())], best);  // asked for by name
  limit_instruction_set(best);
  EXPECT_EQ(instruction_set_name(), best);
  EXPECT_THROW(limit_instruction_set("sse9"), ConfigError);
  for (const char* name : kInstructionSets) {
    if (has_instruction_set(name)) continue;
    EXPECT_THROW(limit_instruction_set(name), ConfigError) << name;
  }
  EXPECT_EQ(instruction_set_name(), best);
}

}  // namespace
}  // namespace lanet
