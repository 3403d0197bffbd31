// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "config/draft.h"

namespace rimfs::config {

void Layer::add(const Setting& setting, Value value) {
  std::vector<Value>& values = values_[&setting];
  if (setting.shape != Shape::list) values.clear();
  values.push_back(std::move(value));
}

const std::vector<Value>* Layer::find(const Setting& setting) const {
  const auto found = values_.find(&setting);
  return found == values_.end() ? nullptr : &found->second;
}

bool Layer::any(auto matches) const {
  return std::any_of(values_.begin(), values_.end(), [&](const auto& entry) { return matches(*entry.first); });
}

void Layer::check_exclusive() const {
  std::map<std::string_view, const Setting*> taken;
  for (const auto& [setting, values] : values_) {
    if (setting->slot.empty()) continue;
    const auto [other, fresh] = taken.emplace(setting->slot, setting);
    if (!fresh) {
      refuse(values.front().position,
             fmt::format("mutually exclusive: {} and {}", other->second->key(), setting->key()), "give one of them");
    }
  }
  const Setting& user = *find_by_flag("user");
  const std::vector<Value>* names = find(user);
  const bool has_password = names && names->front().text.find(':') != std::string::npos;
  if (has_password && taken.contains("password")) {
    refuse(names->front().position,
           fmt::format("user holds a password, and {} gives another", taken["password"]->key()), "give one of them");
  }
}

Layer Layer::over(const Layer& further) const {
  const auto identifies = [](const Setting& setting) { return setting.login == Login::identity; };
  const bool other_login = any(identifies) && further.any(identifies);
  Layer result = *this;
  for (const auto& [setting, values] : further.values_) {
    const Setting& one = *setting;
    const bool taken = says(one) || (other_login && one.login != Login::none) ||
                       (!one.slot.empty() && any([&](const Setting& mine) { return mine.slot == one.slot; }));
    if (!taken) result.values_[setting] = values;
  }
  return result;
}

void Layer::store(Target& target, Scope scope) const {
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      const std::vector<Value>* values = setting.scope == scope ? find(setting) : nullptr;
      if (!values) continue;
      for (const Value& value : *values) setting.store(target, value, setting);
    }
  }
}

}  // namespace rimfs::config
