#include "network/passes.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace lanet {
namespace {

constexpr std::int64_t kFewestFused = 16;  // narrower ones, those of the attention, are left to LibTorch

/// Calls `see` with every place in the list where a result is named.
void each_result(NetworkList& list, const std::function<void(ValueId&)>& see) {
  see(list.image);
  see(list.stem_input);
  for (ValueId& feature : list.features) see(feature);
  if (list.mask_logits) see(*list.mask_logits);
  if (list.mask_probability) see(*list.mask_probability);
  see(list.top);
  see(list.class_logits);
}

/// Who alone reads a value; nothing where several do, or it is a result.
class OnlyReaders {
 public:
  explicit OnlyReaders(const NetworkList& list) : uses_(uses_of(list)), reader_(list.operations.size()) {
    for (ValueId value = 0; value < list.operations.size(); ++value)
      for (const ValueId input : list.operations[value].inputs) reader_[input] = value;
  }

  std::optional<ValueId> of(ValueId value) const {
    return uses_[value] == 1 ? reader_[value] : std::optional<ValueId>();
  }

 private:
  std::vector<std::size_t> uses_;
  std::vector<std::optional<ValueId>> reader_;
};

/// The list without the operations that became part of another one. kept[v]: the operation that makes v now, which is v
/// itself for those that stay.
NetworkList compacted(NetworkList list, const std::vector<ValueId>& kept) {
  std::vector<ValueId> number(kept.size());
  std::vector<Operation> operations;
  for (ValueId value = 0; value < kept.size(); ++value)
    if (kept[value] == value) {
      number[value] = operations.size();
      operations.push_back(std::move(list.operations[value]));
    }
  for (Operation& operation : operations)
    for (ValueId& input : operation.inputs) input = number[kept[input]];
  each_result(list, [&](ValueId& value) { value = number[kept[value]]; });
  list.operations = std::move(operations);
  return list;
}

std::vector<ValueId> everything(const NetworkList& list) {
  std::vector<ValueId> kept(list.operations.size());
  for (ValueId value = 0; value < kept.size(); ++value) kept[value] = value;
  return kept;
}

}  // namespace

std::vector<std::size_t> uses_of(const NetworkList& list) {
  std::vector<std::size_t> uses(list.operations.size());
  for (const Operation& operation : list.operations)
    for (const ValueId input : operation.inputs) ++uses[input];
  NetworkList copy = list;
  each_result(copy, [&uses](const ValueId& value) { ++uses[value]; });
  return uses;
}

NetworkList fuse_norms(const NetworkList& given) {
  NetworkList list = given;
  const OnlyReaders readers(given);
  std::vector<ValueId> kept = everything(list);
  for (ValueId value = 0; value < given.operations.size(); ++value) {
    const Operation& norm = given.operations[value];
    if (norm.kind != OperationKind::kNorm || norm.channels < kFewestFused) continue;
    Operation fused = norm;
    fused.kind = OperationKind::kNormActivation;
    ValueId end = value;
    std::vector<ValueId> between;
    const auto take_next = [&](ValueId next) {
      between.push_back(end);
      end = next;
    };
    const auto next_of_kind = [&](OperationKind kind) -> std::optional<ValueId> {
      const auto next = readers.of(end);
      return next && given.operations[*next].kind == kind ? next : std::nullopt;
    };
    if (const auto sum = next_of_kind(OperationKind::kAdd); sum && given.operations[*sum].inputs[0] == end) {
      fused.inputs.push_back(given.operations[*sum].inputs[1]);
      take_next(*sum);
    }
    if (const auto act = next_of_kind(OperationKind::kActivation);
        act && given.operations[*act].activation != Nonlinearity::kSigmoid) {
      fused.activation = given.operations[*act].activation;
      take_next(*act);
    }
    list.operations[end] = std::move(fused);
    for (const ValueId gone : between) kept[gone] = end;
  }
  return compacted(std::move(list), kept);
}

NetworkList fold_norms(const NetworkList& given) {
  NetworkList list = given;
  const OnlyReaders readers(given);
  std::vector<ValueId> kept = everything(list);
  for (ValueId value = 0; value < given.operations.size(); ++value) {
    const OperationKind kind = given.operations[value].kind;
    if (kind != OperationKind::kConvolution && kind != OperationKind::kTransposed) continue;
    const auto next = readers.of(value);
    if (!next || given.operations[*next].kind != OperationKind::kNorm) continue;
    list.operations[value].norm = given.operations[*next].layer;
    kept[*next] = value;
  }
  return compacted(std::move(list), kept);
}

std::vector<bool> needed_values(const NetworkList& list) {
  std::vector<bool> needed(list.operations.size());
  for (const ValueId feature : list.features) needed[feature] = true;
  if (list.mask_logits) needed[*list.mask_logits] = true;
  needed[list.class_logits] = true;
  for (ValueId value = list.operations.size(); value-- > 0;)
    if (needed[value])
      for (const ValueId input : list.operations[value].inputs) needed[input] = true;
  return needed;
}

std::vector<std::vector<ValueId>> last_uses(const NetworkList& list) {
  std::vector<bool> is_result(list.operations.size());
  NetworkList copy = list;
  each_result(copy, [&is_result](const ValueId& value) { is_result[value] = true; });
  std::vector<std::vector<ValueId>> ending(list.operations.size());
  std::vector<bool> seen(list.operations.size());
  for (ValueId value = list.operations.size(); value-- > 0;)
    for (const ValueId input : list.operations[value].inputs) {
      if (seen[input] || is_result[input]) continue;
      seen[input] = true;
      ending[value].push_back(input);
    }
  return ending;
}

}  // namespace lanet
