#include "model/list_runner.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/text.hpp"
#include "model/attention_pooling.hpp"
#include "model/convolution.hpp"
#include "model/depthwise_convolution.hpp"
#include "model/norm_activation.hpp"
#include "model/stem_convolution.hpp"
#include "network/passes.hpp"

namespace lanet {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t kFewestChannels = 16;  // narrower ones, those of the attention, are left to LibTorch

/// Names of layers by their dots.
struct NameTree {
  std::string name;
  std::size_t layer = kNoLayer;
  std::vector<NameTree> children;
};

void add_name(NameTree& tree, const std::vector<std::string>& parts, std::size_t depth, std::size_t layer) {
  if (depth == parts.size()) {
    tree.layer = layer;
    return;
  }
  auto child = std::find_if(tree.children.begin(), tree.children.end(),
                            [&](const NameTree& known) { return known.name == parts[depth]; });
  if (child == tree.children.end()) child = tree.children.insert(child, {parts[depth], kNoLayer, {}});
  add_name(*child, parts, depth + 1, layer);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Lists stand in the order of their numbers, whichever of them was used first.
void order_lists(NameTree& tree) {
  if (std::all_of(tree.children.begin(), tree.children.end(),
                  [](const NameTree& child) { return is_number(child.name); }))
    std::stable_sort(tree.children.begin(), tree.children.end(), [](const NameTree& one, const NameTree& other) {
      return std::stoll(one.name) < std::stoll(other.name);
    });
  for (NameTree& child : tree.children) order_lists(child);
}

nn::Conv2d make_convolution(const Layer& layer) {
  return nn::Conv2d(nn::Conv2dOptions(layer.inputs, layer.outputs, layer.kernel)
                        .stride(layer.stride)
                        .padding(std::max<std::int64_t>(layer.padding, 0))
                        .groups(layer.groups)
                        .bias(layer.bias));
}

torch::Tensor per_channel(const std::vector<double>& values, const torch::Tensor& like) {
  return torch::tensor(values, like.options()).view({1, -1, 1, 1});
}

torch::Tensor scaled(const Operation& operation, const torch::Tensor& x) {
  if (operation.mean.size() == 1) return (x - operation.mean[0]) / operation.deviation[0];
  return (x - per_channel(operation.mean, x)) / per_channel(operation.deviation, x);
}

Activation kernel_activation(Nonlinearity nonlinearity) {
  switch (nonlinearity) {
    case Nonlinearity::kRelu:
      return Activation::kRelu;
    case Nonlinearity::kRelu6:
      return Activation::kRelu6;
    case Nonlinearity::kNone:
    case Nonlinearity::kSigmoid:
      break;
  }
  return Activation::kNone;
}

torch::Tensor activated(Nonlinearity nonlinearity, const torch::Tensor& x) {
  switch (nonlinearity) {
    case Nonlinearity::kRelu:
      return x.relu();
    case Nonlinearity::kRelu6:
      return torch::relu6(x);
    case Nonlinearity::kSigmoid:
      return x.sigmoid();
    case Nonlinearity::kNone:
      break;
  }
  return x;
}

bool has_size(const torch::Tensor& x, const std::vector<std::int64_t>& size) {
  return x.size(2) == size[0] && x.size(3) == size[1];
}

torch::Tensor multiplied(const torch::Tensor& x, const torch::Tensor& factor) {
  return x * (factor.dim() == 2 ? factor.unsqueeze(2).unsqueeze(3) : factor);
}

/// By our own kernels where they fit, else by LibTorch. is_stem: x is the image, whose channels may be equal.
torch::Tensor convolved(nn::Conv2d& module, const Layer& layer, const torch::Tensor& x, bool is_stem) {
  const torch::Tensor& weight = module->weight;
  const SidePadding rows = padding_of(layer, x.size(2)), columns = padding_of(layer, x.size(3));
  const ConvolutionFrame frame{rows.before, columns.before, rows.outputs, columns.outputs};
  std::optional<torch::Tensor> own;
  if (!layer.bias && layer.groups > 1) own = depthwise_convolution(x, weight, layer.stride, frame);
  if (!layer.bias && is_stem) own = stem_convolution(x, weight, layer.stride, frame);
  if (own) return *own;
  const bool is_wide = layer.inputs >= kFewestChannels;
  if (is_wide && layer.outputs == 1 && layer.kernel == 3 && layer.stride == 1 && layer.padding == 1)
    return squeeze(module, x);
  if (layer.padding != kSamePadding) return is_wide ? convolve(module, x) : module->forward(x);
  const std::vector<std::int64_t> strides{layer.stride, layer.stride}, none{0, 0}, dilation{1, 1};
  const bool even = rows.before == rows.behind && columns.before == columns.behind;
  const torch::Tensor padded =
      even ? x : torch::constant_pad_nd(x, {columns.before, columns.behind, rows.before, rows.behind});
  const std::vector<std::int64_t> padding{rows.before, columns.before};
  return torch::conv2d(padded, weight, module->bias, strides, even ? padding : none, dilation, layer.groups);
}

}  // namespace

/// One pass through the list.
class ListRunner::Run {
 public:
  Run(ListRunner& runner, const std::map<ValueId, torch::Tensor>& given)
      : runner_(runner), list_(runner.list_), given_(given), values_(list_.operations.size()) {}

  std::vector<torch::Tensor> until(ValueId last) {
    for (ValueId value = 0; value <= last; ++value) {
      if (!runner_.needed_[value]) continue;
      const auto known = given_.find(value);
      values_[value] = known == given_.end() ? compute(value) : known->second;
      for (const ValueId done : runner_.last_uses_[value]) values_[done].reset();
    }
    return std::move(values_);
  }

 private:
  torch::Tensor compute(ValueId value) {
    const Operation& operation = list_.operations[value];
    const auto x = [&](std::size_t index = 0) -> const torch::Tensor& { return values_[operation.inputs[index]]; };
    const auto module = [&]() -> LayerModule& { return runner_.modules_[operation.layer]; };
    switch (operation.kind) {
      case OperationKind::kInput:
        TORCH_CHECK(false, "no tensor for input ", value);
      case OperationKind::kScale:
        return scaled(operation, x());
      case OperationKind::kRepeat:
        return x().expand({-1, operation.channels, -1, -1});
      case OperationKind::kConvolution:
        return convolved(module().convolution, list_.layer_of(operation), x(), operation.inputs[0] == list_.stem_input);
      case OperationKind::kTransposed:
        return module().transposed->forward(x());
      case OperationKind::kNorm:
        return module().norm->forward(x());
      case OperationKind::kNormActivation:
        return norm_activation(module().norm, x(), kernel_activation(operation.activation),
                               operation.inputs.size() > 1 ? x(1) : torch::Tensor());
      case OperationKind::kActivation:
        return activated(operation.activation, x());
      case OperationKind::kMaxPool:
        return torch::max_pool2d(x(), operation.kernel, operation.stride, operation.padding);
      case OperationKind::kGlobalAveragePool:
        return x().mean({2, 3});
      case OperationKind::kGlobalPool:
        return global_pool(operation);
      case OperationKind::kChannelPool:
        return pool_channels(x());
      case OperationKind::kAverage: {
        const std::vector<std::int64_t> size{x(1).size(2), x(1).size(3)};
        return has_size(x(), size) ? x() : torch::adaptive_avg_pool2d(x(), size);
      }
      case OperationKind::kResize: {
        std::vector<std::int64_t> size{operation.side, operation.side};
        if (operation.inputs.size() > 1) size = {x(1).size(2), x(1).size(3)};
        return has_size(x(), size) ? x() : torch::upsample_bilinear2d(x(), size, operation.align_corners);
      }
      case OperationKind::kConcatenate: {
        std::vector<torch::Tensor> parts;
        for (const ValueId part : operation.inputs) parts.push_back(values_[part]);
        return torch::cat(parts, 1);
      }
      case OperationKind::kAdd:
        return x() + x(1);
      case OperationKind::kMultiply:
        return multiplied(x(), x(1));
      case OperationKind::kLinear:
        return module().linear->forward(x());
    }
    TORCH_CHECK(false, "unreachable");
  }

  /// Average and maximum of a value are made at once.
  torch::Tensor global_pool(const Operation& operation) {
    const ValueId of = operation.inputs[0];
    auto known = pooled_.find(of);
    if (known == pooled_.end()) known = pooled_.emplace(of, pool_pixels(values_[of])).first;
    return operation.pooling == Pooling::kAverage ? known->second.mean : known->second.largest;
  }

  ListRunner& runner_;
  const NetworkList& list_;
  const std::map<ValueId, torch::Tensor>& given_;
  std::vector<torch::Tensor> values_;
  std::map<ValueId, PooledPixels> pooled_;
};

ListRunner::ListRunner(const NetworkList& list, nn::Module& root)
    : list_(fuse_norms(list)),
      modules_(list.layers.size()),
      last_uses_(lanet::last_uses(list_)),
      needed_(needed_values(list_)) {
  NameTree tree;
  for (LayerId layer = 0; layer < list.layers.size(); ++layer)
    add_name(tree, split_text(list.layers[layer].name, '.'), 0, layer);
  order_lists(tree);
  const auto register_layer = [this](const Layer& layer, LayerModule& made, nn::Module& parent,
                                     const std::string& name) {
    switch (layer.kind) {
      case LayerKind::kConvolution:
        made.convolution = parent.register_module(name, make_convolution(layer));
        break;
      case LayerKind::kTransposedConvolution:
        made.transposed = parent.register_module(
            name, nn::ConvTranspose2d(nn::ConvTranspose2dOptions(layer.inputs, layer.outputs, layer.kernel)
                                          .stride(layer.stride)
                                          .bias(layer.bias)));
        break;
      case LayerKind::kNorm:
        made.norm = parent.register_module(
            name, nn::BatchNorm2d(nn::BatchNorm2dOptions(layer.outputs).eps(layer.epsilon).momentum(layer.momentum)));
        break;
      case LayerKind::kLinear:
        made.linear = parent.register_module(name, nn::Linear(layer.inputs, layer.outputs));
        break;
    }
  };
  const auto register_children = [&](const auto& self, const NameTree& from, nn::Module& parent) -> void {
    for (const NameTree& child : from.children) {
      if (child.layer != kNoLayer)
        register_layer(list_.layers[child.layer], modules_[child.layer], parent, child.name);
      else
        self(self, child, *parent.register_module(child.name, std::make_shared<nn::Module>()));
    }
  };
  register_children(register_children, tree, root);
}

std::vector<torch::Tensor> ListRunner::run(const std::map<ValueId, torch::Tensor>& given, ValueId until) {
  return Run(*this, given).until(until);
}

}  // namespace lanet
