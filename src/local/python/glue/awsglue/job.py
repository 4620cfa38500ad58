"""A job's beginning and end. Bookmarks are not kept here: a script that relies on them reads everything again."""

import sys


class Job:
    def __init__(self, glue_context):
        self.glue_context = glue_context
        self._initialized = False

    @classmethod
    def continuation_options(cls):
        return ["--continuation-option", "continuation-enabled", "continuation-readonly", "continuation-ignore"]

    @classmethod
    def job_bookmark_options(cls):
        return ["--job-bookmark-option", "job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"]

    def init(self, job_name, args=None):
        self.job_name = job_name
        self.args = dict(args or {})
        self._initialized = True
        if self.args.get("job_bookmark_option") == "job-bookmark-enable":
            print("\x1eJob bookmarks are not kept by the embedded AWS: all input is read.", file=sys.stderr)

    def isInitialized(self):
        return self._initialized

    def commit(self):
        # Many scripts commit without init; on Glue that is no error either.
        pass
