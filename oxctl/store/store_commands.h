#pragma once
// The commands of `oxctl store`, one file each: they work on the log files of a directory, without a
// daemon. All return the exit code: 0; 1 with lines on stderr that say what went wrong; 2 when the directory
// cannot be read.
#include "oxctl/session.h"

namespace ox {

int cat_store(Session& session, const StoreArguments& arguments);
int prune_store(Session& session, const StoreArguments& arguments);
int reindex_store(Session& session, const StoreArguments& arguments);
int verify_store(Session& session, const StoreArguments& arguments);
int zip_store(Session& session, const StoreArguments& arguments);

// One line on stderr; returns 1, and 2.
int store_complaint(Session& session, const Status& why);
int cannot_use_store(Session& session, const Status& why);

}  // namespace ox
