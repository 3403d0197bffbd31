// SPDX-License-Identifier: MIT
#pragma once

/// True in sanitizer builds, where tests of many steps take fewer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSlowedDown = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSlowedDown = true;
#else
inline constexpr bool kSlowedDown = false;
#endif
#else
inline constexpr bool kSlowedDown = false;
#endif

/// True with g++'s thread sanitizer. It finds nothing in tests of one thread, which take ten times as long with it.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif
