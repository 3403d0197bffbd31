// SPDX-License-Identifier: MIT
#include "extents/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "base/error.h"

namespace rimfs::extents {
namespace {

void check(int success) {
  if (success != 1) throw Error(ErrorKind::system, "libcrypto cannot compute a checksum");
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

std::optional<Digest> Digest::of(const std::string& algorithm) {
  const EVP_MD* found = EVP_get_digestbyname(algorithm.c_str());
  std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
  if (!found || !context || EVP_DigestInit_ex(context.get(), found, nullptr) != 1) return std::nullopt;
  return Digest(std::move(context));
}

void Digest::add(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::size_t Digest::digits() const { return 2 * static_cast<std::size_t>(EVP_MD_CTX_get_size(context_.get())); }

}  // namespace rimfs::extents
