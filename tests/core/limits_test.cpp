#include "core/limits.hpp"

#include <gtest/gtest.h>

#include "core/csv.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/progress.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

class Limits : public testing::Test {
 protected:
  void TearDown() override { set_input_limits({}); }
};

TEST_F(Limits, AFilePastThemIsRefusedAndTheyCanBeRaised) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "list.csv", "a,b\n1,2\n");
  InputLimits limits;
  limits.text_bytes = 4;
  set_input_limits(limits);
  EXPECT_TRUE(has(refusal<DataError>([&] { read_csv(folder / "list.csv"); }), "at most 4 bytes"));
  set_input_limits({});
  EXPECT_EQ(read_csv(folder / "list.csv").rows.size(), 1U);
  limits.image_side = 0;
  EXPECT_TRUE(has(refusal<ConfigError>([&] { set_input_limits(limits); }), "limits.image_side"));
}

}  // namespace
}  // namespace lanet
