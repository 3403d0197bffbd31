// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// libcrypto's own name; its headers stay in digest.cc.
struct evp_md_ctx_st;

namespace rimfs::extents {

/// A checksum of bytes that come one after the other. One thread at a time.
class Digest {
 public:
  /// `algorithm`: "sha256", "sha1", ... in any case. Nothing when it is not known here.
  static std::optional<Digest> of(const std::string& algorithm);

  void add(std::string_view bytes);
  /// In lower-case hexadecimal. Once, as the last call.
  std::string hex();
  /// How many hexadecimal digits hex() gives.
  std::size_t digits() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  explicit Digest(std::unique_ptr<evp_md_ctx_st, Free> context) : context_(std::move(context)) {}

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace rimfs::extents
