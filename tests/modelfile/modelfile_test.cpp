#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "modelfile/model_card.hpp"
#include "modelfile/pth.hpp"
#include "modelfile/quantization.hpp"
#include "modelfile/safetensors.hpp"
#include "modelfile/zip.hpp"
#include "support/damage.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

std::string file_of(const std::string& header, std::size_t data_bytes) {
  std::string content(8, '\0');
  const std::uint64_t size = header.size();
  std::memcpy(content.data(), &size, 8);
  return content + header + std::string(data_bytes, 'd');
}

std::string refused(const std::string& header, std::size_t data_bytes) {
  return refusal<DataError>([&] { SafetensorsFile::parse(file_of(header, data_bytes), "x"); });
}

TEST(Safetensors, RoundTripAndSameBytes) {
  const TemporaryFolder folder;
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> counters{7};
  const std::vector<TensorToWrite> tensors{{"b", "F32", {2, 3}, std::as_bytes(std::span(numbers))},
                                           {"a", "I64", {}, std::as_bytes(std::span(counters))},
                                           {"none", "F32", {0, 4}, {}}};
  write_safetensors(folder / "x.safetensors", tensors, {{"key", "va\"lue"}});
  write_safetensors(folder / "y.safetensors", tensors, {{"key", "va\"lue"}});
  EXPECT_EQ(read_file(folder / "x.safetensors"), read_file(folder / "y.safetensors"));
  const SafetensorsFile file = SafetensorsFile::open(folder / "x.safetensors");
  ASSERT_EQ(file.tensors().size(), 3U);
  EXPECT_EQ(file.metadata().at("key"), "va\"lue");
  const TensorInfo* info = file.find("b");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(std::memcmp(file.bytes(*info).data(), numbers.data(), 24), 0);
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST(Safetensors, AHeaderOfManyTensorsIsRead) {
  // The parsed header once went out of scope while it was read; that showed with names past the small-string size.
  std::string header = "{";
  for (int index = 0; index < 300; ++index)
    header += (index ? "," : "") + std::string("\"a_rather_long_tensor_name_number_") + std::to_string(index) +
              R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(index) + "," +
              std::to_string(index + 1) + "]}";
  EXPECT_EQ(SafetensorsFile::parse(file_of(header + "}", 300), "x").tensors().size(), 300U);
}

TEST(Safetensors, WrongHeadersAreRefused) {
  const auto one = [](const std::string& entry) { return "{\"a\":" + entry + "}"; };
  EXPECT_EQ(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 4), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 3), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 5), "");
  EXPECT_NE(refused(one(R"({"dtype":"F31","shape":[1],"data_offsets":[0,4]})"), 4), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), 4), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), 4), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})"), 4), "");
  EXPECT_NE(
      refused(one(R"({"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,0]})"), 0), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), 4), "");
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1]})"), 4), "");
  EXPECT_NE(refused(one("3"), 0), "");
  EXPECT_NE(refused("[]", 0), "");
  EXPECT_NE(refused("{", 0), "");
  EXPECT_NE(
      refused(
          R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
          3),
      "");
  EXPECT_NE(
      refused(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
          1),
      "");
  EXPECT_NE(refused(R"({"__metadata__":{"x":3}})", 0), "");
  EXPECT_NE(refused(std::string(200000, '['), 0), "");
}

TEST(Safetensors, TheSealTellsEveryDamage) {
  const TemporaryFolder folder;
  const std::vector<float> numbers(64, 1.5F);
  write_safetensors(folder / "x", {{"a", "F32", {8, 8}, std::as_bytes(std::span(numbers))}}, {{"key", "value"}});
  const std::string bytes = read_file(folder / "x");
  const SafetensorsFile file = SafetensorsFile::parse(bytes, "x");
  EXPECT_TRUE(file.is_sealed());
  EXPECT_EQ(file.metadata().size(), 1U);
  for (const std::string& damaged : damaged_copies(bytes, 2000)) {
    try {
      // Only a seal that is no longer recognized lets a damaged file through.
      EXPECT_FALSE(SafetensorsFile::parse(damaged, "x").is_sealed());
    } catch (const DataError&) {
    }
  }
  EXPECT_FALSE(
      SafetensorsFile::parse(file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1), "x").is_sealed());
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = file_of(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", 3);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(SafetensorsFile::parse(whole.substr(0, length), "x"), DataError) << length;
  std::string huge = whole;
  huge[7] = '\x7f';
  EXPECT_THROW(SafetensorsFile::parse(huge, "x"), DataError);
}

ModelCard card() {
  ModelCard card;
  card.architecture = "backbone = 'resnet18'\n";
  card.classes = {"benign", "malignant"};
  card.positive_class = "malignant";
  card.input_size = 256;
  card.threshold = 0.1 + 0.2;
  return card;
}

TEST(ModelCard, RoundTripIsExact) {
  const ModelCard read = card_from_metadata(to_metadata(card()), "x");
  EXPECT_EQ(read.threshold, 0.1 + 0.2);
  EXPECT_EQ(read.classes, card().classes);
  EXPECT_EQ(to_metadata(read), to_metadata(card()));
}

TEST(ModelCard, TheLesionThresholdIsLeftOutWhereItIsAHalf) {
  EXPECT_FALSE(to_metadata(card()).contains("lesion_threshold")) << "files of older versions stay as they are";
  EXPECT_EQ(card_from_metadata(to_metadata(card()), "x").lesion_threshold, 0.5);
  ModelCard calibrated = card();
  calibrated.lesion_threshold = 0.1 + 0.2;
  EXPECT_EQ(card_from_metadata(to_metadata(calibrated), "x").lesion_threshold, 0.1 + 0.2);
  for (const char* wrong : {"-0.1", "1.1", "nan", "half", ""}) {
    auto metadata = to_metadata(card());
    metadata["lesion_threshold"] = wrong;
    const std::string refused = refusal<DataError>([&] { card_from_metadata(metadata, "x"); });
    EXPECT_TRUE(has(refused, "lesion")) << wrong << ": " << refused;
  }
}

TEST(ModelCard, WhatIsMissingOrWrongIsNamed) {
  EXPECT_THROW(card_from_metadata({}, "x"), DataError);
  for (const auto& [key, value] : to_metadata(card())) {
    if (key != "classes" && key != "input_size" && key != "architecture") continue;
    auto metadata = to_metadata(card());
    metadata.erase(key);
    EXPECT_TRUE(has(refusal<DataError>([&] { card_from_metadata(metadata, "x"); }), key)) << key;
  }
  ModelCard wrong = card();
  wrong.positive_class = "other";
  EXPECT_THROW(wrong.validate("x"), DataError);
  wrong = card();
  wrong.threshold = std::nan("");
  EXPECT_THROW(wrong.validate("x"), DataError);
}

std::string python() { return std::string(LANET_SOURCE_DIR) + "/.venv/bin/python"; }

/// Writes a .pth with PyTorch itself.
bool write_with_torch(const std::filesystem::path& path, const std::string& how) {
  if (!std::filesystem::exists(python())) return false;
  const ChildResult result = run_child({python(), "-c",
                                        "import sys, torch, collections\n"
                                        "t = torch.arange(12, dtype=torch.float32).reshape(3, 4)\n"
                                        "d = collections.OrderedDict()\n"
                                        "d['conv1.weight'] = t\n"
                                        "d['turned'] = t.t()\n"
                                        "d['part'] = t[1:, 2:]\n"
                                        "d['half'] = t.half()\n"
                                        "d['count'] = torch.tensor(5)\n"
                                        "d['parameter'] = torch.nn.Parameter(torch.ones(2))\n" +
                                            how,
                                        path.string()});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return true;
}

float value(const PthTensor& tensor, std::size_t index) {
  float number = 0;
  std::memcpy(&number, tensor.bytes.data() + 4 * index, 4);
  return number;
}

TEST(Pth, ReadsBothFormsThatPyTorchWrites) {
  const TemporaryFolder folder;
  for (const char* how :
       {"torch.save(d, sys.argv[1])", "torch.save(d, sys.argv[1], _use_new_zipfile_serialization=False)",
        "torch.save({'epoch': 3, 'state_dict': d, 'name': 'x'}, sys.argv[1])"}) {
    if (!write_with_torch(folder / "x.pth", how)) GTEST_SKIP() << "no .venv with torch";
    const std::vector<PthTensor> tensors = read_pth(folder / "x.pth");
    ASSERT_EQ(tensors.size(), 6U) << how;
    const auto find = [&](const std::string& name) {
      return *std::find_if(tensors.begin(), tensors.end(),
                           [&](const PthTensor& tensor) { return tensor.name == name; });
    };
    EXPECT_EQ(find("conv1.weight").shape, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(value(find("conv1.weight"), 5), 5);
    EXPECT_EQ(find("turned").shape, (std::vector<std::int64_t>{4, 3}));
    EXPECT_EQ(value(find("turned"), 1), 4);  // row 0: 0 4 8
    EXPECT_EQ(value(find("part"), 0), 6);    // rows 1.., columns 2..: 6 7 10 11
    EXPECT_EQ(value(find("part"), 2), 10);
    EXPECT_EQ(find("half").dtype, "F16");
    EXPECT_EQ(find("count").dtype, "I64");
    EXPECT_EQ(value(find("parameter"), 1), 1);
  }
}

TEST(Pth, ExecutesNothing) {
  const TemporaryFolder folder;
  const std::filesystem::path trap = folder / "trap";
  if (!write_with_torch(folder / "x.pth", "import os\nclass Bad:\n  def __reduce__(self): return (os.system, ('touch " +
                                              trap.string() + "',))\nd['bad'] = Bad()\ntorch.save(d, sys.argv[1])"))
    GTEST_SKIP() << "no .venv with torch";
  const std::string message = refusal<DataError>([&] { read_pth(folder / "x.pth"); });
  EXPECT_TRUE(has(message, "system")) << message;
  EXPECT_FALSE(std::filesystem::exists(trap));
}

TEST(Pth, TruncatedAndFlippedFilesNeverCrash) {
  const TemporaryFolder folder;
  for (const char* how :
       {"torch.save(d, sys.argv[1])", "torch.save(d, sys.argv[1], _use_new_zipfile_serialization=False)"}) {
    if (!write_with_torch(folder / "x.pth", how)) GTEST_SKIP() << "no .venv with torch";
    const std::string bytes = read_file(folder / "x.pth");
    for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 150) {
      write_file_atomically(folder / "y.pth", bytes.substr(0, length));
      EXPECT_THROW(read_pth(folder / "y.pth"), DataError) << length;
    }
    for (std::size_t position = 0; position < bytes.size(); position += 1 + bytes.size() / 300) {
      std::string damaged = bytes;
      damaged[position] = static_cast<char>(damaged[position] ^ 0x2a);
      write_file_atomically(folder / "y.pth", damaged);
      try {
        read_pth(folder / "y.pth");
      } catch (const DataError&) {
      }
    }
  }
}

TEST(Zip, DamagedArchivesAreRefused) {
  EXPECT_THROW(read_stored_zip("", "x"), DataError);
  EXPECT_THROW(read_stored_zip(std::string(22, '\0'), "x"), DataError);
  EXPECT_THROW(read_stored_zip("PK\x05\x06" + std::string(18, '\xff'), "x"), DataError);
}

TEST(Quantization, ThereAndBack) {
  const Quantization wanted{{{0, 6}, {-1.5, 2.25}}, 200, 0.001, -0.002};
  const Quantization read = quantization_from_json(to_json(wanted), "x");
  EXPECT_EQ(read.images, 200);
  EXPECT_EQ(read.jsi_loss, -0.002);
  ASSERT_EQ(read.ranges.size(), 2U);
  EXPECT_EQ(read.ranges[1].low, -1.5);
  EXPECT_EQ(read.ranges[1].high, 2.25);
}

TEST(Quantization, RefusesWhatIsNone) {
  for (const char* json :
       {"", "[]", "{}", R"({"images": "many", "auc_loss": 0, "jsi_loss": 0, "ranges": []})",
        R"({"images": 1, "auc_loss": 0, "jsi_loss": 0, "ranges": [[1]]})",
        R"({"images": 1, "auc_loss": 0, "jsi_loss": 0, "ranges": [[2, 1]]})",
        R"({"images": 1, "auc_loss": 0, "jsi_loss": 0, "ranges": [["a", "b"]]})", R"({"ranges": 3})"})
    EXPECT_TRUE(has(refusal<DataError>([&] { quantization_from_json(json, "here"); }), "here: quantization")) << json;
}

}  // namespace
}  // namespace lanet
