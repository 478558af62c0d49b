#pragma once

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "image/codec.hpp"
#include "serve/server.hpp"
#include "support/fake_engine.hpp"
#include "support/temporary_folder.hpp"

namespace lanet {

/// P(malignant) 0.8 and a lesion in the upper left quarter of the grid.
inline RawPrediction quarter(const Image&) {
  RawPrediction raw{{0.2, 0.8}, {4, 4, std::vector<float>(16, 0.1F)}};
  for (const std::size_t cell : {0, 1, 4, 5}) raw.grid.values[cell] = 0.9F;
  return raw;
}

inline ModelSource fake_model(const std::string& name, std::function<RawPrediction(const Image&)> predict = quarter,
                              std::vector<std::string> classes = {"benign", "malignant"}) {
  return {name, [predict, classes] { return std::make_unique<FakeEngine>(classes, 32, predict); }};
}

/// PNG of a picture with a gradient.
inline std::string picture(std::int64_t height = 60, std::int64_t width = 80, int start = 0) {
  Image image = make_image(height, width, 1);
  for (std::size_t pixel = 0; pixel < image.pixels.size(); ++pixel)
    image.pixels[pixel] = static_cast<std::uint8_t>(static_cast<std::size_t>(start) + pixel * 7 % 251);
  return encode_png(image);
}

/// A server on a free port with a thread of its own, in a folder of its own.
class Served {
 public:
  explicit Served(std::vector<ModelSource> models, ServeOptions options = {}) {
    options.port = 0;
    options.labels = folder.path() / "labels";
    options.runs = folder.path() / "runs";
    options.experiments = folder.path() / "experiments";
    server = std::make_unique<Server>(std::move(models), options, [](const std::string&) {});
    thread_ = std::thread([this] { server->run(); });
  }
  ~Served() { stop(); }

  void stop() {
    server->stop();
    if (thread_.joinable()) thread_.join();
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", server->port());
    client.set_read_timeout(30);
    return client;
  }
  nlohmann::json get(const std::string& path, int status = 200) const {
    auto http = client();
    return answer(http.Get(path.c_str()), status);
  }
  nlohmann::json post(const std::string& path, const std::string& body, int status = 200) const {
    auto http = client();
    return answer(http.Post(path.c_str(), body, "application/octet-stream"), status);
  }
  static nlohmann::json answer(const httplib::Result& result, int status) {
    EXPECT_TRUE(result) << httplib::to_string(result.error());
    if (!result) return {};
    EXPECT_EQ(result->status, status) << result->body.substr(0, 300);
    return nlohmann::json::parse(result->body, nullptr, false);
  }

  TemporaryFolder folder;
  std::unique_ptr<Server> server;

 private:
  std::thread thread_;
};

}  // namespace lanet
