#include "core/mapped_buffer.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(MappedBuffer, HoldsBytesInMemoryAndInANamelessFile) {
  const TemporaryFolder folder;
  MappedBuffer memory(10000), disk(10000, folder.path());
  EXPECT_FALSE(memory.on_disk());
  EXPECT_TRUE(disk.on_disk());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  for (MappedBuffer* buffer : {&memory, &disk}) {
    EXPECT_EQ(std::count(buffer->bytes().begin(), buffer->bytes().end(), 0), 10000);
    buffer->bytes()[9999] = 7;
    const MappedBuffer moved = std::move(*buffer);
    EXPECT_EQ(moved.bytes()[9999], 7);
    EXPECT_EQ(moved.bytes().size(), 10000U);
  }
  EXPECT_TRUE(MappedBuffer(0).bytes().empty());
}

TEST(MappedBuffer, NoRoomIsAnError) {
  const TemporaryFolder folder;
  EXPECT_THROW(MappedBuffer(std::size_t{1} << 60), SystemError);
  EXPECT_THROW(MappedBuffer(std::size_t{1} << 60, folder.path()), SystemError);
  EXPECT_THROW(MappedBuffer(10, folder / "missing"), SystemError);
}

}  // namespace
}  // namespace lanet
