// Every step that lanet's kernels compute, and its twin by LibTorch, against the definition: LibTorch in double. On odd
// shapes, with every instruction set that the processor has.
#include <functional>

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "kernel/instruction_set.hpp"
#include "kernel/kernel_choice.hpp"
#include "model/attention_pooling.hpp"
#include "model/convolution.hpp"
#include "model/depthwise_convolution.hpp"
#include "model/norm_activation.hpp"
#include "model/stem_convolution.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;
using Tensors = std::vector<torch::Tensor>;

/// While it lives, one instruction set and one way to choose hold.
class Forced {
 public:
  Forced(const std::string& isa, KernelUse use) : best_(instruction_set_name()) {
    limit_instruction_set(isa);
    kernel_choice().configure(use, "test", {});
  }
  ~Forced() {
    limit_instruction_set(best_);
    kernel_choice().configure(KernelUse::kOwn, "", {});
  }
  Forced(const Forced&) = delete;
  Forced& operator=(const Forced&) = delete;

 private:
  std::string best_;
};

class Autocast {
 public:
  explicit Autocast(bool on) {
    at::autocast::set_autocast_enabled(torch::kCPU, on);
    at::autocast::set_autocast_dtype(torch::kCPU, torch::kBFloat16);
  }
  ~Autocast() {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(torch::kCPU, false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
};

/// Results and the gradients of sum(result * direction) for every leaf.
using Way = std::function<Tensors(const Tensors& leaves)>;

Tensors with_gradients(const Tensors& given, torch::ScalarType type, const Way& way) {
  Tensors leaves;
  for (const torch::Tensor& tensor : given) leaves.push_back(tensor.detach().to(type).clone().requires_grad_(true));
  Tensors all = way(leaves);
  torch::Tensor total = torch::zeros({}, torch::kFloat64);
  for (torch::Tensor& result : all) {
    // Of 1/4 .. 7/4: the same in every type.
    const auto direction = (torch::arange(result.numel(), torch::kFloat64).remainder(7) + 1).view(result.sizes()) / 4;
    total = total + (result.to(torch::kFloat64) * direction).sum();
    result = result.detach().to(torch::kFloat64);
  }
  const auto gradients = torch::autograd::grad({total}, leaves, {}, false, false, /*allow_unused=*/true);
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
    if (gradients[leaf].defined()) all.push_back(gradients[leaf].to(torch::kFloat64));
  return all;
}

void expect_close(const Tensors& got, const Tensors& wanted, double tolerance, const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (std::size_t index = 0; index < got.size(); ++index) {
    ASSERT_EQ(got[index].sizes(), wanted[index].sizes()) << what;
    const double scale = std::max(1.0, wanted[index].abs().max().item<double>());
    EXPECT_LT((got[index] - wanted[index]).abs().max().item<double>() / scale, tolerance) << what << ", " << index;
  }
}

/// Own kernels with every instruction set, LibTorch's, and whichever is faster, against the definition.
void check(const std::string& what, const Tensors& leaves, const Way& way, const Way& definition, bool in_bf16 = true) {
  const Tensors wanted = with_gradients(leaves, torch::kFloat64, definition);
  for (const bool bf16 : {false, true}) {
    if (bf16 && !in_bf16) continue;
    const double tolerance = bf16 ? 3e-2 : 2e-5;
    const auto run = [&] {
      return with_gradients(leaves, torch::kFloat32, [&](const Tensors& given) {
        const Autocast autocast(bf16);
        return way(given);
      });
    };
    const std::string type = bf16 ? ", bf16" : ", fp32";
    for (const char* isa : kInstructionSets)
      if (has_instruction_set(isa)) {
        const Forced forced(isa, KernelUse::kOwn);
        expect_close(run(), wanted, tolerance, what + ", own " + isa + type);
      }
    const std::string best = instruction_set_name();
    for (const KernelUse use : {KernelUse::kLibrary, KernelUse::kAuto}) {
      const Forced forced(best, use);
      expect_close(run(), wanted, tolerance, what + (use == KernelUse::kAuto ? ", auto" : ", library") + type);
    }
  }
}

std::string shape_text(std::initializer_list<std::int64_t> sizes) {
  std::string text;
  for (const std::int64_t size : sizes) text.append(" ").append(std::to_string(size));
  return text;
}

/// conv2d with zeros around x so that its result is rows x columns.
torch::Tensor framed(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                     const ConvolutionFrame& frame, std::int64_t groups) {
  const std::int64_t kernel = weight.size(2);
  const std::int64_t bottom = (frame.out_height - 1) * stride + kernel - x.size(2) - frame.pad_top;
  const std::int64_t right = (frame.out_width - 1) * stride + kernel - x.size(3) - frame.pad_left;
  const std::vector<std::int64_t> strides{stride, stride}, none{0, 0}, one{1, 1};
  return torch::conv2d(torch::constant_pad_nd(x, {frame.pad_left, right, frame.pad_top, bottom}), weight,
                       torch::Tensor(), strides, none, one, groups);
}

TEST(KernelTwins, Depthwise) {
  torch::manual_seed(1);
  for (const std::int64_t kernel : {3, 5})
    for (const std::int64_t stride : {1, 2})
      for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 70}, std::pair{7, 3}, std::pair{8, 17}})
        for (const std::int64_t pad : {(kernel - stride) / 2, kernel / 2}) {
          const ConvolutionFrame frame{pad, pad, (height + stride - 1) / stride, (width + stride - 1) / stride};
          check(
              "depthwise" + shape_text({kernel, stride, height, width, pad}),
              {torch::randn({2, 48, height, width}), torch::randn({48, 1, kernel, kernel})},
              [&, s = stride](const Tensors& given) -> Tensors {
                return {depthwise_convolution(given[0], given[1], s, frame).value()};
              },
              [&, s = stride](const Tensors& given) -> Tensors { return {framed(given[0], given[1], s, frame, 48)}; });
        }
}

TEST(KernelTwins, Stem) {
  torch::manual_seed(1);
  for (const std::int64_t kernel : {3, 7})
    for (const std::int64_t channels : {1, 3})
      for (const auto& [height, width] : {std::pair{1, 1}, std::pair{2, 70}, std::pair{9, 5}})
        for (const std::int64_t pad : {(kernel - 2) / 2, kernel / 2}) {
          const ConvolutionFrame frame{pad, pad, (height + 1) / 2, (width + 1) / 2};
          const auto grey = torch::rand({2, 1, height, width}).expand({-1, channels, -1, -1});
          check(
              "stem" + shape_text({kernel, channels, height, width, pad}),
              {torch::randn({32, channels, kernel, kernel})},
              [&](const Tensors& given) -> Tensors { return {stem_convolution(grey, given[0], 2, frame).value()}; },
              [&](const Tensors& given) -> Tensors {
                return {framed(grey.to(torch::kFloat64), given[0], 2, frame, 1)};
              });
        }
}

TEST(KernelTwins, NormWithWhatFollows) {
  torch::manual_seed(1);
  for (const std::int64_t channels : {3, 8, 24})  // 3: left to LibTorch
    for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 70}, std::pair{7, 3}})
      for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6})
        for (const bool adds : {false, true})
          for (const bool training : {false, true}) {
            const auto make = [&, c = channels](torch::ScalarType type) {
              nn::BatchNorm2d norm(nn::BatchNorm2dOptions(c).momentum(0.3));
              const torch::NoGradGuard no_gradient;
              norm->running_mean.copy_(torch::linspace(-1, 1, c));
              norm->running_var.copy_(torch::linspace(0.5, 2, c));
              norm->to(type);
              norm->train(training);
              return norm;
            };
            const auto results = [&, t = training](nn::BatchNorm2d& norm, const torch::Tensor& y) -> Tensors {
              EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), t ? 1 : 0);
              return {y, norm->running_mean, norm->running_var};
            };
            const std::string what =
                "norm" + shape_text({channels, height, width, static_cast<int>(activation), adds, training});
            check(
                what,
                {torch::randn({3, channels, height, width}) * 2 + 5, torch::randn({3, channels, height, width}),
                 torch::rand({channels}) * 6 + 0.5, torch::randn({channels})},
                [&, act = activation, a = adds](const Tensors& given) -> Tensors {
                  auto norm = make(torch::kFloat32);
                  norm->weight = given[2], norm->bias = given[3];
                  return results(norm, norm_activation(norm, given[0], act, a ? given[1] : torch::Tensor()));
                },
                [&, act = activation, a = adds](const Tensors& given) -> Tensors {
                  auto norm = make(torch::kFloat64);
                  norm->weight = given[2], norm->bias = given[3];
                  torch::Tensor y = norm->forward(given[0]);
                  if (a) y = y + given[1];
                  if (act != Activation::kNone) y = act == Activation::kRelu ? y.relu() : torch::relu6(y);
                  return results(norm, y);
                },
                /*in_bf16=*/false);
          }
}

TEST(KernelTwins, NormInBf16) {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 24, 5, 7}), residual = torch::randn({2, 24, 5, 7});
  const auto run = [&] {
    nn::BatchNorm2d norm(24);
    const auto leaf = x.clone().requires_grad_(true);
    const auto y = norm_activation(norm, leaf.to(torch::kBFloat16), Activation::kRelu6, residual.to(torch::kBFloat16));
    EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
    y.to(torch::kFloat32).square().sum().backward();
    return Tensors{y.detach().to(torch::kFloat64), leaf.grad().to(torch::kFloat64)};
  };
  Tensors own;
  for (const KernelUse use : {KernelUse::kOwn, KernelUse::kLibrary}) {
    const Forced forced(instruction_set_name(), use);
    if (use == KernelUse::kOwn)
      own = run();
    else
      expect_close(run(), own, 3e-2, "norm in bf16");
  }
}

TEST(KernelTwins, Pooling) {
  torch::manual_seed(1);
  for (const std::int64_t channels : {3, 8, 24})
    for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 70}, std::pair{7, 3}}) {
      // Few different numbers: many ties, which share the gradient.
      const auto f = torch::randint(-2, 3, {2, channels, height, width}).to(torch::kFloat32);
      const std::string what = shape_text({channels, height, width});
      check(
          "pixels" + what, {f},
          [](const Tensors& given) -> Tensors {
            const PooledPixels pooled = pool_pixels(given[0]);
            return {pooled.mean, pooled.largest};
          },
          [](const Tensors& given) -> Tensors {
            return {given[0].mean({2, 3}), given[0].amax({2, 3})};
          });
      check(
          "channels" + what, {f}, [](const Tensors& given) -> Tensors { return {pool_channels(given[0])}; },
          [](const Tensors& given) -> Tensors {
            return {torch::cat({given[0].amax(1, true), given[0].mean(1, true)}, 1)};
          });
    }
}

TEST(KernelTwins, SqueezeAndSmallMaps) {
  torch::manual_seed(1);
  for (const std::int64_t channels : {3, 16})
    for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 70}, std::pair{7, 3}}) {
      const std::string what = shape_text({channels, height, width});
      const auto x = torch::randn({2, channels, height, width});
      const auto layer_of = [](const torch::Tensor& weight, std::int64_t stride) {
        nn::Conv2d layer(nn::Conv2dOptions(weight.size(1), weight.size(0), 3).padding(1).stride(stride).bias(false));
        layer->weight = weight;
        return layer;
      };
      check(
          "squeeze" + what, {x, torch::randn({1, channels, 3, 3})},
          [&](const Tensors& given) -> Tensors {
            auto layer = layer_of(given[1], 1);
            return {squeeze(layer, given[0])};
          },
          [](const Tensors& given) -> Tensors { return {torch::conv2d(given[0], given[1], {}, 1, 1)}; });
      for (const std::int64_t stride : {1, 2})
        check(
            "convolution" + what, {x, torch::randn({8, channels, 3, 3})},
            [&, s = stride](const Tensors& given) -> Tensors {
              auto layer = layer_of(given[1], s);
              return {convolve(layer, given[0])};
            },
            [s = stride](const Tensors& given) -> Tensors { return {torch::conv2d(given[0], given[1], {}, s, 1)}; });
    }
}

TEST(KernelTwins, AutoTakesWhatIsFasterStepByStep) {
  // The forward way by LibTorch, the way back by own kernels: what they leave for each other fits.
  torch::manual_seed(1);
  for (const bool forward_own : {false, true}) {
    std::vector<std::string> lines;
    const Tensors leaves{torch::randn({2, 32, 6, 5}), torch::randn({32, 1, 3, 3})};
    const Way way = [](const Tensors& given) -> Tensors {
      nn::BatchNorm2d norm(32);
      const auto y = depthwise_convolution(given[0], given[1], 1, {1, 1, 6, 5}).value();
      return {norm_activation(norm, y, Activation::kRelu6, given[0])};
    };
    const Tensors wanted = with_gradients(leaves, torch::kFloat64, [](const Tensors& given) -> Tensors {
      nn::BatchNorm2d norm(32);
      norm->to(torch::kFloat64);
      return {torch::relu6(norm->forward(framed(given[0], given[1], 1, {1, 1, 6, 5}, 32)) + given[0])};
    });
    int measured = 0;
    const Forced forced(instruction_set_name(), KernelUse::kAuto);
    kernel_choice().measure_by([&](const StepWork& own, const StepWork& library) -> StepTimes {
      own(), library();
      const bool own_wins = (++measured <= 2) == forward_own;  // forward of both, then the way back
      return own_wins ? StepTimes{1, 2} : StepTimes{2, 1};
    });
    expect_close(with_gradients(leaves, torch::kFloat32, way), wanted, 2e-5, "mixed");
    EXPECT_EQ(measured, 5);  // depthwise, norm; back: norm, depthwise input and weights
    const KernelChoice::Count count = kernel_choice().count();
    EXPECT_EQ(count.own, forward_own ? 2 : 3);
    EXPECT_EQ(count.library, forward_own ? 3 : 2);
    kernel_choice().measure_by({});
  }
}

}  // namespace
}  // namespace lanet
