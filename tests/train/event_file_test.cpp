#include "train/event_file.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(EventFile, ChecksumsAsPublished) {
  // RFC 3720, B.4: 32 bytes of zero; and the digits of CRC catalogues.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(EventFile, TheFirstAppendBeginsAnew) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "events", "left by another process");
  EventFile file(folder / "events");
  file.append(1, 1, {{"loss", 0.5}});
  file.append(2, 2, {{"loss", 0.25}});
  EXPECT_EQ(read_file(folder / "events"),
            event_file_header(1) + event_record(1, 1, {{"loss", 0.5}}) + event_record(2, 2, {{"loss", 0.25}}));
  EXPECT_THROW(EventFile("/no/such/folder/events").append(1, 1, {}), SystemError);
}

// The wheel `tensorboard` is installed by ./run setup; a LibTorch of one's own comes without it.
TEST(EventFile, TensorBoardReadsIt) {
  const std::string python = std::string(LANET_SOURCE_DIR) + "/.venv/bin/python";
  if (!std::filesystem::exists(python) || run_child({python, "-c", "import tensorboard"}).exit_code != 0)
    GTEST_SKIP() << "no tensorboard in .venv";
  const TemporaryFolder folder;
  EventFile file(folder / "events.out.tfevents.lanet");
  file.append(1000.5, 1, {{"stage1/val_loss", 0.5}, {"stage1/val_jsi", 0.25}});
  file.append(1001.5, 2, {{"stage1/val_loss", 0.125}});
  const ChildResult read =
      run_child({python, "-c",
                 "import sys, os\n"
                 "os.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = 'python'\n"
                 "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
                 "events = EventAccumulator(sys.argv[1])\n"
                 "events.Reload()\n"
                 "for tag in sorted(events.Tags()['scalars']):\n"
                 "    print(tag, *((e.step, e.value, e.wall_time) for e in events.Scalars(tag)))\n",
                 folder.path().string()});
  EXPECT_NE(read.output.find("stage1/val_jsi (1, 0.25, 1000.5)\nstage1/val_loss (1, 0.5, 1000.5) (2, 0.125, 1001.5)\n"),
            std::string::npos)
      << read.output;
}

}  // namespace
}  // namespace lanet
