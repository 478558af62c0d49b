#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "dataset/manifest.hpp"
#include "evaluate/image_result.hpp"
#include "infer/finder.hpp"

namespace lanet {

/// Prediction against truth. truth: the true mask at the image's original size, unset for Location::kNone. input_size:
/// side of the network's input. Where the truth is boxes, the boxes of the predicted components stand for the mask. A
/// candidate for FROC is a component of the probability map at and above 0.25, scored by its highest probability; it
/// hits the true lesion that holds its centre of mass. An image that was decided for the normal class has an empty
/// predicted mask and no candidate.
ImageResult score_image(const Sample& sample, std::int64_t truth_class, const Prediction& prediction,
                        const std::optional<Mask>& truth, std::int64_t input_size);

/// What is done with each image once it is predicted (pictures for a report); may be empty.
using SeePrediction = std::function<void(const Sample&, const Image&, const Prediction&, const ImageResult&)>;

/// Predicts and scores the images of `ids`, in that order. The images of the next batch are decoded while the network
/// runs. Throws DataError for an unreadable image or a class that the model does not know.
std::vector<ImageResult> score_dataset(Finder& finder, const Manifest& manifest, const std::vector<std::string>& ids,
                                       Progress& progress, const SeePrediction& see = {});

}  // namespace lanet
