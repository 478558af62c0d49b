#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "network/network_list.hpp"

namespace lanet {

/// How a convolution lies over its input.
struct ConvolutionForm {
  std::int64_t kernel = 1, stride = 1;
  std::int64_t padding = 0;  // or kSamePadding
  bool depthwise = false;    // every channel for itself; the outputs are as many as the inputs
  bool bias = false;
};

/// Epsilon and momentum of batch normalization; PyTorch's by default.
struct NormForm {
  double epsilon = 1e-5, momentum = 0.1;
};

/// Writes a network down, operation by operation. A layer that is named again is the same layer: its weights are
/// shared. Throws std::logic_error where a name stands for two forms.
class NetworkBuilder {
 public:
  /// momentum: of all normalizations; 0: each its own.
  explicit NetworkBuilder(double momentum = 0) : momentum_(momentum) {}

  /// Names of layers from here on follow "PART."; "": they stand as they are given.
  void begin_part(const std::string& part) { before_names_ = part.empty() ? "" : part + "."; }

  // Declaring a layer before it is used gives it its place among the layers.
  LayerId declare_convolution(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                              const ConvolutionForm& form);
  LayerId declare_norm(const std::string& name, std::int64_t channels, const NormForm& form = {});

  ValueId input(std::int64_t channels);
  ValueId scale(ValueId x, std::vector<double> mean, std::vector<double> deviation);
  ValueId repeat(ValueId x, std::int64_t times);
  ValueId convolve(ValueId x, const std::string& name, std::int64_t outputs, const ConvolutionForm& form);
  /// Transposed convolution without bias; the side of its kernel is the stride.
  ValueId convolve_transposed(ValueId x, const std::string& name, std::int64_t outputs, std::int64_t stride);
  ValueId norm(ValueId x, const std::string& name, const NormForm& form = {});
  ValueId activate(ValueId x, Nonlinearity nonlinearity);
  ValueId max_pool(ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t padding);
  ValueId global_average_pool(ValueId x);
  ValueId global_pool(ValueId x, Pooling pooling);
  ValueId channel_pool(ValueId x);
  ValueId average_pool(ValueId x, ValueId like);
  ValueId resize(ValueId x, ValueId like, bool align_corners);
  ValueId resize_to(ValueId x, std::int64_t side);  // with aligned corners
  ValueId concatenate(const std::vector<ValueId>& parts);
  ValueId add(ValueId x, ValueId y);
  ValueId multiply(ValueId x, ValueId factor);
  ValueId linear(ValueId x, const std::string& name, std::int64_t outputs);

  std::int64_t channels(ValueId x) const { return list_.operations.at(x).channels; }
  /// The list so far; what its values mean is for the caller to fill in.
  NetworkList& list() { return list_; }

 private:
  LayerId declare(Layer layer);
  /// A new operation at the end of the list, to be filled in further.
  Operation& step(OperationKind kind, std::vector<ValueId> inputs, std::int64_t channels);
  ValueId last() const { return list_.operations.size() - 1; }

  NetworkList list_;
  double momentum_;
  std::string before_names_;
};

/// f_1 .. f_4: at 1/4, 1/8, 1/16 and 1/32 of the image's sides.
using Features = std::array<ValueId, 4>;

}  // namespace lanet
