#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace lanet {

/// Place of an operation in its list, and with it of the value that it makes.
using ValueId = std::size_t;
/// Place of a layer in its list.
using LayerId = std::size_t;

enum class LayerKind { kConvolution, kTransposedConvolution, kNorm, kLinear };

/// What has parameters. Several operations may use one layer.
struct Layer {
  LayerKind kind = LayerKind::kConvolution;
  std::string name;  // "fex.layer1.0.conv1": its tensors are NAME.weight, NAME.bias, ...
  std::int64_t inputs = 0, outputs = 0;
  // Convolutions; of a transposed one the stride is the side of its kernel.
  std::int64_t kernel = 1, stride = 1, groups = 1;
  std::int64_t padding = 0;  // zeros on every side; kSamePadding: as TensorFlow's "SAME", the odd one at the end
  bool bias = false;         // also of linear layers, which always have one
  // Batch normalization.
  double epsilon = 1e-5;
  double momentum = 0.1;  // weight of a new batch in the running statistics

  bool operator==(const Layer&) const = default;
};
inline constexpr std::int64_t kSamePadding = -1;

/// A tensor of a layer as files name it.
struct LayerTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};
/// Parameters first, then what normalization keeps, as PyTorch orders them: convolutions [outputs, inputs / groups, k,
/// k] (transposed: [inputs, outputs, k, k]), linear layers [outputs, inputs], norms [outputs].
std::vector<LayerTensor> tensors_of(const Layer& layer);

enum class OperationKind {
  kInput,           // given from outside
  kScale,           // (x - mean) / deviation, one pair for all channels or one each
  kRepeat,          // one channel as several equal ones
  kConvolution,     // with `layer`; after fold_norms() also with `norm`
  kTransposed,      // transposed convolution without overlap, likewise
  kNorm,            // batch normalization
  kNormActivation,  // norm, plus the second input where there is one, then `activation` (after fuse_norms())
  kActivation,
  kMaxPool,            // `kernel`, `stride`, `padding`
  kGlobalAveragePool,  // average over the pixels, [C]: what the classifier reads
  kGlobalPool,         // `pooling` over the pixels, [C]: what channel attention looks at
  kChannelPool,        // maximum and average over the channels, [2, H, W]: what spatial attention looks at
  kAverage,            // mean over cells, to the grid of the second input
  kResize,             // bilinear, to the grid of the second input or to `side`
  kConcatenate,        // channels side by side
  kAdd,
  kMultiply,  // the second input may have one channel, or be a vector [C]
  kLinear
};

enum class Nonlinearity { kNone, kRelu, kRelu6, kSigmoid };
enum class Pooling { kAverage, kMaximum };

inline constexpr std::size_t kNoLayer = std::numeric_limits<std::size_t>::max();

/// One step: reads the values of `inputs`, makes one of `channels` channels. Fields that its kind does not name are not
/// read.
struct Operation {
  OperationKind kind = OperationKind::kInput;
  std::vector<ValueId> inputs;
  std::int64_t channels = 0;
  LayerId layer = kNoLayer;
  LayerId norm = kNoLayer;
  Nonlinearity activation = Nonlinearity::kNone;
  Pooling pooling = Pooling::kAverage;
  std::vector<double> mean, deviation;
  std::int64_t kernel = 0, stride = 1, padding = 0;
  std::int64_t side = 0;  // kResize without a second input
  bool align_corners = false;

  bool operator==(const Operation&) const = default;
};

/// Numbers of the layers that a mask starts with (NetworkOptions::mask_prior, mask_gain); "" where there is none.
struct MaskStart {
  std::string shift;  // a bias: the log-odds of the prior
  std::string gain;   // a factor: the spread
};

/// A network as a plain list: every operation comes after those that it reads. Layers stand in the order in which
/// PyTorch registers them.
struct NetworkList {
  std::vector<Layer> layers;
  std::vector<Operation> operations;
  ValueId image = 0;                        // [1, H, W] in 0..1
  ValueId stem_input = 0;                   // the image as the feature extractor takes it
  std::vector<ValueId> features;            // f_1 .. f_4
  std::optional<ValueId> mask_logits;       // [1, S, S]
  std::optional<ValueId> mask_probability;  // their sigmoid
  ValueId top = 0;                          // what is classified: f_4, weighed by the mask where the options say so
  ValueId class_logits = 0;                 // [K]
  MaskStart mask_start;

  const Layer& layer_of(const Operation& operation) const { return layers[operation.layer]; }
};

/// Size of a value; height and width are 0 for vectors.
struct ValueShape {
  std::int64_t channels = 0, height = 0, width = 0;
  bool operator==(const ValueShape&) const = default;
};
/// Of every value, for an image of height x width.
std::vector<ValueShape> shapes_of(const NetworkList& list, std::int64_t height, std::int64_t width);

/// Zeros before and behind, and the size of the result, of a convolution along one side.
struct SidePadding {
  std::int64_t before = 0, behind = 0, outputs = 0;
};
SidePadding padding_of(const Layer& layer, std::int64_t size);

/// "convolution 3 x 3 / 2 fex.conv1", "norm and activation fex.bn1 ReLU".
std::string operation_text(const NetworkList& list, const Operation& operation);
/// "64 x 128 x 128", of a vector "64".
std::string shape_text(const ValueShape& shape);
/// The list as text, a line an operation: number, operation, inputs, shape for a square image of `side`.
std::string list_text(const NetworkList& list, std::int64_t side);

}  // namespace lanet
