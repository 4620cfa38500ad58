"""The data path of the MetricCare lakehouse: raw FHIR to Bronze, Silver and the measures of Gold.

The scripts in `glue-scripts/jobs` are thin: they call `metriccare_etl.jobs`. Everything here runs unchanged on
AWS Glue 5 and on a laptop; what differs (endpoints, credentials, Spark settings) comes from the environment.
"""
