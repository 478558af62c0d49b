#pragma once

#include <string>
#include <vector>

#include "dataset/classes.hpp"
#include "modelfile/model_card.hpp"

namespace lanet {

/// Names a data set's classes as the model does, so that it can be scored: first by `map` (whose `old=` leaves images
/// out), then names that differ from the model's in case or form alone. Ids whose images are left out are taken off
/// `ids`. Returns lines that say what was done, and where data and model disagree about the positive class. Throws
/// DataError for classes that the model does not know (with the --classes that would help), and where no image is left.
std::vector<std::string> fit_classes(Manifest& manifest, std::vector<std::string>& ids, const ModelCard& card,
                                     const ClassMap& map, const std::string& place);

}  // namespace lanet
