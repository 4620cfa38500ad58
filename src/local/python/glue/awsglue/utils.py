"""Arguments of a job, as AWS's awsglue.utils reads them."""

import argparse


class GlueArgumentError(Exception):
    pass


class GlueArgumentParser(argparse.ArgumentParser):
    def error(self, message):
        raise GlueArgumentError(message)


# Glue hands these to every script; they come back without being asked for, when they are there.
RESERVED = ("job-bookmark-option", "job-bookmark-from", "job-bookmark-to", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption-type")  # fmt: skip
OFFERED = ("TempDir", "RedshiftTempDir", "enable-data-lineage")


def getResolvedOptions(args, options):
    """`--K V` and `--K=V` of the named options; unknown ones are ignored, a missing one is an error."""
    reserved = [option for option in options if option in RESERVED]
    if reserved:
        raise RuntimeError(f"Using reserved arguments {reserved[0]}")
    parser = GlueArgumentParser(allow_abbrev=False, add_help=False)
    for name in (*RESERVED, *OFFERED):
        if name not in options:
            parser.add_argument(f"--{name}", required=False, default=argparse.SUPPRESS)
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    parsed, _ = parser.parse_known_args(args[1:])
    values = vars(parsed)
    values.setdefault("job_bookmark_option", "job-bookmark-disable")
    return values


def callsite():
    return ""


def makeOptions(sc, options):
    return options
