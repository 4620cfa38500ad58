"""Job arguments, as Glue passes them: `--name value` on the command line, with more of Glue's own among them."""

import argparse
import sys


class Args(dict):
    """Arguments by name; a missing optional one reads as its default."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def words(self, name):
        """A comma-separated argument as a list without blanks."""
        return [word.strip() for word in self[name].split(",") if word.strip()]


def resolve(required, optional=None, argv=None):
    """The named arguments. Unknown ones are ignored; a missing required one is an error that names it.

    `optional` maps a name to its default: `--WORKFLOW_RUN_ID` is absent when a job is started alone.
    """
    argv = list(sys.argv if argv is None else argv)
    optional = dict(optional or {})
    present = {word[2:].split("=", 1)[0] for word in argv if word.startswith("--")}
    names = list(required) + [name for name in optional if name in present]
    return Args({**optional, **_parse(argv, names)})


def _parse(argv, names):
    """Not awsglue's getResolvedOptions: it refuses to name JOB_RUN_ID, and before Glue 6.0 takes prefixes for names."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for name in names:
        parser.add_argument(f"--{name}", dest=name, required=True)
    found, _ = parser.parse_known_args(argv[1:])
    return vars(found)
