#pragma once
// The files and settings that tests of the loaded configuration share.
#include <string>

namespace ox {

// bob (password "obo") writes, obo (password "bob") reads.
inline constexpr const char* kUserFile =
    R"([{"username":"bob","pbkdf2":"f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82",)"
    R"("hashname":"sha256","salt":"c0139cff","iterations":32,"roles":["writer"]},)"
    R"({"username":"obo","pbkdf2":"ff680a9237549f698da5345119dec1ed314eb4fdefe59837d0724d747c3169)"
    R"(089ae45215ec98b7c84b7b8b3ac1589139","hashname":"sha384","salt":"9230dbdd5a13f009",)"
    R"("iterations":4096,"roles":["basic-reader","query-reader"]}])";

inline constexpr const char* kBobObo = "Basic Ym9iOm9ibw==";
inline constexpr const char* kOboBob = "Basic b2JvOmJvYg==";
inline constexpr const char* kBobBob = "Basic Ym9iOmJvYg==";
inline constexpr const char* kLoggerEmpty = "Basic bG9nZ2VyOg==";
inline constexpr const char* kLoggerSecret = "Basic bG9nZ2VyOnMzY3JldA==";  // logger:s3cret

}  // namespace ox
