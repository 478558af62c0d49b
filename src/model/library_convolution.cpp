#include "model/library_convolution.hpp"

#include <array>
#include <vector>

#include <torch/torch.h>

#include "model/channels_last.hpp"

namespace lanet {
namespace {

/// Zeros around x: those that LibTorch's convolution brings itself, or others in a copy of x.
struct Padding {
  std::vector<std::int64_t> inside{0, 0};         // rows, columns
  std::vector<std::int64_t> outside{0, 0, 0, 0};  // left, right, top, bottom
  bool copies = false;
};

Padding padding_of(const LibraryConvolution& convolution, const torch::Tensor& x, std::int64_t kernel) {
  const ConvolutionFrame& frame = convolution.frame;
  const auto fits = [&](std::int64_t size, std::int64_t pad, std::int64_t results) {
    return (size + 2 * pad - kernel) / convolution.stride + 1 == results && size + 2 * pad >= kernel;
  };
  if (fits(x.size(2), frame.pad_top, frame.out_height) && fits(x.size(3), frame.pad_left, frame.out_width))
    return {{frame.pad_top, frame.pad_left}, {0, 0, 0, 0}, false};
  const auto after = [&](std::int64_t size, std::int64_t pad, std::int64_t results) {
    return (results - 1) * convolution.stride + kernel - size - pad;
  };
  return {{0, 0},
          {frame.pad_left, after(x.size(3), frame.pad_left, frame.out_width), frame.pad_top,
           after(x.size(2), frame.pad_top, frame.out_height)},
          true};
}

torch::Tensor with_zeros(const torch::Tensor& x, const Padding& padding) {
  return padding.copies ? torch::constant_pad_nd(x, padding.outside) : x;
}

/// The one gradient of convolution_backward that `wanted` asks for.
torch::Tensor gradient(const LibraryConvolution& convolution, const Padding& padding, const torch::Tensor& grad_y,
                       const torch::Tensor& x, const torch::Tensor& weight, bool of_weights) {
  const auto gradients = at::convolution_backward(
      grad_y, x, weight, at::OptionalIntArrayRef(), {convolution.stride, convolution.stride}, padding.inside, {1, 1},
      false, {0, 0}, convolution.groups, std::array<bool, 3>{!of_weights, of_weights, false});
  return of_weights ? std::get<1>(gradients) : std::get<0>(gradients);
}

}  // namespace

torch::Tensor LibraryConvolution::forward(const torch::Tensor& x, const torch::Tensor& weight) const {
  const Padding padding = padding_of(*this, x, weight.size(2));
  const std::vector<std::int64_t> strides{stride, stride}, dilation{1, 1};
  return channels_last(
      torch::conv2d(with_zeros(x, padding), weight, torch::Tensor(), strides, padding.inside, dilation, groups));
}

torch::Tensor LibraryConvolution::backward_input(const torch::Tensor& grad_y, const torch::Tensor& x,
                                                 const torch::Tensor& weight) const {
  const Padding padding = padding_of(*this, x, weight.size(2));
  if (!padding.copies) return channels_last(gradient(*this, padding, grad_y, x, weight, false));
  const std::vector<std::int64_t>& zeros = padding.outside;
  // Its size alone counts.
  const torch::Tensor padded =
      torch::empty({x.size(0), x.size(1), x.size(2) + zeros[2] + zeros[3], x.size(3) + zeros[0] + zeros[1]},
                   x.options().memory_format(torch::MemoryFormat::ChannelsLast));
  const torch::Tensor all = gradient(*this, padding, grad_y, padded, weight, false);
  return channels_last(torch::constant_pad_nd(all, {-zeros[0], -zeros[1], -zeros[2], -zeros[3]}));
}

torch::Tensor LibraryConvolution::backward_weights(const torch::Tensor& grad_y, const torch::Tensor& x,
                                                   const torch::Tensor& weight) const {
  const Padding padding = padding_of(*this, x, weight.size(2));
  return gradient(*this, padding, grad_y, with_zeros(x, padding), weight, true);
}

}  // namespace lanet
