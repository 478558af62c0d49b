#pragma once

#include <string>

#include "modelfile/model_card.hpp"
#include "modelfile/safetensors.hpp"

namespace lanet {

inline constexpr const char* kGraphInput = "image";               // [N, 1, S, S] in [0, 1]
inline constexpr const char* kGraphClassLogits = "class_logits";  // [N, K], not yet divided by the temperature
inline constexpr const char* kGraphMask = "mask_probability";     // [N, 1, s, s]; absent for the vanilla head
inline constexpr const char* kGraphActivation =
    "class_activation";  // [N, K, h, w]: each class' weights over the features
                         // that the classifier reads (its explanation)

inline constexpr const char* kGraphObserved = "observed_";  // + number: see GraphForm::kObserved

enum class GraphForm {
  kFloat,
  kObserved,   // with every value that is to be quantized as a further output
  kQuantized,  // 8-bit convolutions by QuantizeLinear and DequantizeLinear
};

/// A trained network as an ONNX model: batch normalization folded into the convolutions, input scaling inside. The same
/// layers as src/model, in the order of its forward functions; torch-free. metadata: the model card.
///
/// Quantized are the convolutions over 8 channels and more that look at pixels; the attention's small ones and the
/// outputs stay in float. Weights: symmetric, a scale an output channel. Values: a scale each (Quantization::ranges),
/// from 0 where none is negative, else symmetric.
///
/// Throws DataError for a file that is no lanet model or lacks a tensor, and for kQuantized where the card's
/// quantization is missing or fits another network.
std::string onnx_of_model(const SafetensorsFile& file, GraphForm form = GraphForm::kFloat);

}  // namespace lanet
