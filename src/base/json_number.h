// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

namespace rimfs {

/// The whole number that a JSON value is. Throws Json::type_error for anything else, also for a negative number where
/// `Integer` is unsigned. nlohmann's get() converts floating-point numbers, too, and a JSON document may have one that
/// no integer can hold, such as 1e300: the conversion would be undefined behaviour. Pure.
template <typename Integer, typename Json>
Integer json_integer(const Json& value) {
  const bool fits = std::is_unsigned_v<Integer> ? value.is_number_unsigned() : value.is_number_integer();
  if (!fits) throw Json::type_error::create(302, std::string("not a whole number, but ") + value.type_name(), &value);
  return value.template get<Integer>();
}

}  // namespace rimfs
