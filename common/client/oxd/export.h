#pragma once
// What the shared library lets programs see; all else in it is hidden.
#define OXD_API __attribute__((visibility("default")))
