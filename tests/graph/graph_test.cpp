#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/wire_format.hpp"
#include "graph/network_graph.hpp"
#include "graph/onnx_graph.hpp"
#include "modelfile/half.hpp"
#include "network/backbone.hpp"
#include "network/network_options.hpp"
#include "support/refused.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {
namespace {

TEST(WireFormat, AsTheEncodingGuideHasIt) {
  std::string out;
  put_integer(out, 1, 150);
  EXPECT_EQ(out, "\x08\x96\x01");
  out.clear();
  put_bytes(out, 2, "testing");
  EXPECT_EQ(out, "\x12\x07testing");
  out.clear();
  put_number(out, 1, 1.0F);
  EXPECT_EQ(out, std::string("\x0d\x00\x00\x80\x3f", 5));
}

TEST(Half, EveryValueSurvives) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value)) continue;
    ASSERT_EQ(float_to_half(value), half) << bits;
  }
}

TEST(Half, RoundsToTheNearest) {
  EXPECT_EQ(half_to_float(float_to_half(1.0004F)), 1.0F);  // steps of 1/1024 above 1
  EXPECT_EQ(half_to_float(float_to_half(1.0006F)), 1.0009765625F);
  EXPECT_EQ(half_to_float(float_to_half(1.00048828125F)), 1.0F);  // a tie goes to even
  EXPECT_EQ(half_to_float(float_to_half(65519.0F)), 65504.0F);
  EXPECT_TRUE(std::isinf(half_to_float(float_to_half(65520.0F))));
  EXPECT_TRUE(std::isnan(half_to_float(float_to_half(std::nanf("")))));
  EXPECT_EQ(half_to_float(float_to_half(1e-9F)), 0.0F);
}

TEST(OnnxGraph, NamesItsInputAndOutputs) {
  OnnxGraph graph;
  const GraphValue image = graph.input("image", 1, 4, 4);
  graph.output(graph.node("Relu", {image.name}), "y", {1, 4, 4});
  const std::string bytes = graph.serialize("0.1", {{"classes", "a, b"}});
  for (const char* part : {"lanet", "image", "Relu", "classes", "a, b"}) EXPECT_TRUE(has(bytes, part)) << part;
}

/// A file with a model's card and hardly any tensor.
SafetensorsFile bare_model(const TemporaryFolder& folder, const std::string& backbone) {
  NetworkOptions options;
  options.backbone = backbone;
  ModelCard card;
  card.architecture = to_commented_toml(fields_of(options));
  card.classes = {"benign", "malignant"};
  card.positive_class = "malignant";
  card.input_size = 64;
  const std::vector<float> one(1, 1.0F);
  write_safetensors(folder / "m.safetensors", {{"fex.x", "F32", {1}, std::as_bytes(std::span(one))}},
                    to_metadata(card));
  return SafetensorsFile::open(folder / "m.safetensors");
}

TEST(NetworkGraph, AMissingTensorIsOneLine) {
  const TemporaryFolder folder;
  for (const std::string& backbone : backbone_names())
    EXPECT_TRUE(has(refusal<DataError>([&] { onnx_of_model(bare_model(folder, backbone)); }), "no tensor fex."))
        << backbone;
}

TEST(NetworkGraph, AnUnknownBackboneIsNoResNet) {
  const TemporaryFolder folder;
  EXPECT_TRUE(has(refusal<DataError>([&] { onnx_of_model(bare_model(folder, "efficientnet_lite9")); }),
                  "an architecture that this version does not know"));
}

TEST(NetworkGraph, AFileThatIsNoModelIsOneLine) {
  const TemporaryFolder folder;
  const std::vector<float> one(1, 1.0F);
  write_safetensors(folder / "w.safetensors", {{"x", "F32", {1}, std::as_bytes(std::span(one))}}, {});
  EXPECT_THROW(onnx_of_model(SafetensorsFile::open(folder / "w.safetensors")), DataError);
}

}  // namespace
}  // namespace lanet
