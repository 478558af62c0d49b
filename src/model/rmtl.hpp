#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

namespace lanet {

/// Decoder of the RMTL baseline: three upsampling blocks (256, 64, 32 channels) from f_4 to a mask of the input's size.
/// "deconvolution" (paper): transposed convolutions of stride 4, 4, 2, BN, ReLU. "bilinear" (code): conv 3x3, ReLU6,
/// resize to 16, 112, full with aligned corners, BN. Then a 1x1 convolution to one logit a pixel.
class RmtlDecoderImpl : public torch::nn::Module {
 public:
  RmtlDecoderImpl(const std::string& form, std::int64_t inputs);
  /// top: [B, C, h, w]. Returns [B, 1, height, width]; height and width are 32 h and 32 w.
  torch::Tensor forward(const torch::Tensor& top, std::int64_t height, std::int64_t width);

 private:
  torch::Tensor upsample(torch::Tensor x, std::size_t block, std::int64_t height, std::int64_t width);

  std::vector<torch::nn::ConvTranspose2d> deconvolutions_;  // one of both is empty
  std::vector<torch::nn::Conv2d> convolutions_;
  std::vector<torch::nn::BatchNorm2d> norms_;
  torch::nn::Conv2d mask_{nullptr};
};
TORCH_MODULE(RmtlDecoder);

}  // namespace lanet
