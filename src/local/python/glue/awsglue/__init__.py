"""What of AWS's `awsglue` scripts usually need, for runs on the embedded AWS. On Glue, Glue's own is used."""

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
