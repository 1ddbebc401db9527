#pragma once
// The C library's heap, for programs through which batches flow.

namespace ox {

// Keeps up to 4 MiB of freed memory at the end of each heap, and takes buffers below 1 MiB from
// them; what is larger goes back when it is freed. The C library's own choice is to hand each freed
// buffer of a batch to the kernel and to have it back page by page, a page fault for each 4 KiB.
// Call it before there are threads; without the GNU C library it does nothing.
// tests/bench/ingest.py, "syslog, one TCP connection": about an eighth of oxingest's CPU time;
// tests/bench/core.py, "link -> collector": about a sixteenth of oxd's.
void keep_freed_buffers();

}  // namespace ox
