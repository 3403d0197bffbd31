// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// A type of libcrypto; its headers are included only in digest.cc.
struct evp_md_ctx_st;

namespace rimfs::extents {

/// A checksum of bytes that arrive in order. One thread at a time.
class Digest {
 public:
  /// `algorithm` is a name such as "sha256" or "sha1", in any case. Returns nothing when it is unknown.
  static std::optional<Digest> of(const std::string& algorithm);

  void add(std::string_view bytes);
  /// The result in lower-case hexadecimal. May be called once, as the last call.
  std::string hex();
  /// The number of hexadecimal digits that hex() returns.
  std::size_t digits() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  explicit Digest(std::unique_ptr<evp_md_ctx_st, Free> context) : context_(std::move(context)) {}

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace rimfs::extents
